// Search in the front page: every word that was typed begins a word of the letter. Without this, the whole list is there.
"use strict";

(() => {
  const area = document.getElementById("search");
  const field = document.getElementById("words");
  const said = document.getElementById("found");
  if (!area || !field || !said) return;
  const rows = new Map(
    [...document.querySelectorAll("[data-letter]")].map((row) => [row.getAttribute("data-letter"), row]),
  );
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let letters = null;

  async function load() {
    if (letters) return;
    const answer = await fetch("search.json", { credentials: "omit" });
    const document_ = await answer.json();
    letters = document_.letters.map(({ letter, text }) => [letter, ` ${fold(text).replace(/[^\p{L}\p{N}]+/gu, " ")}`]);
  }

  function show() {
    const wanted = fold(field.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    let count = 0;
    for (const [letter, text] of letters) {
      const row = rows.get(letter);
      if (!row) continue;
      // A script that is written without spaces has no beginnings of words.
      const there = wanted.every((word) => text.includes(` ${word}`) || (/[^\u0000-\u02ff]/.test(word) && text.includes(word)));
      row.hidden = !there;
      count += there ? 1 : 0;
    }
    for (const section of document.querySelectorAll("main section")) {
      section.hidden = !section.querySelector("[data-letter]:not([hidden])");
    }
    said.textContent = wanted.length === 0 ? "" : count === 1 ? "One letter found." : `${count} letters found.`;
  }

  area.hidden = false;
  area.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", async () => {
    try {
      await load();
      show();
    } catch {
      said.textContent = "The list to search in can’t be read here: opened from a folder, a page may not read files beside it.";
    }
  });
})();
