import assert from "node:assert/strict";
import test from "node:test";

import { slug, unique } from "../src/slug.js";

test("accents and punctuation disappear", () => {
  assert.equal(
    slug("  Crème brûlée, s'il vous plaît! "),
    "creme-brulee-s-il-vous-plait",
  );
});

test("a taken slug gets the next number", () => {
  assert.equal(unique("Notes", new Set()), "notes");
  assert.equal(unique("Notes", new Set(["notes", "notes-2"])), "notes-3");
});

test("a title without letters has a slug all the same", () => {
  assert.equal(unique("!!!", new Set()), "untitled");
});
