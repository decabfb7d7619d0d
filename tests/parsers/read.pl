# YAML::XS reads documents: each line in is one in base64, each line out is what it says (tests/other_parsers.py).
use strict;
use warnings FATAL => "all";
use B ();
use JSON::PP ();
use MIME::Base64 ();
use YAML::XS ();

sub told {
    my ($data) = @_;
    my $type = ref $data;
    return ["list", map { told($_) } @$data] if $type eq "ARRAY";
    # A hash of Perl keeps no order.
    return ["map", map { ["$_", told($data->{$_})] } sort keys %$data] if $type eq "HASH";
    return ["other", $type, "$data"] if $type;
    return ["other", "undef", ""] unless defined $data;
    # A scalar that YAML::XS took for a number is marked as one, beside its text.
    return ["other", "number", "$data"] if B::svref_2object(\$data)->FLAGS & (B::SVf_IOK | B::SVf_NOK);
    return $data;
}

$| = 1;
my $json = JSON::PP->new->ascii;
while (my $line = <STDIN>) {
    my @read = eval { YAML::XS::Load(MIME::Base64::decode_base64($line)) };
    my $answer = $@ ? {refused => "$@"} : @read == 1 ? {data => told($read[0])} : {refused => "not one document"};
    print $json->encode($answer), "\n";
}
