"""The web site of an archive: static pages of verified results, built again only where something changed."""
