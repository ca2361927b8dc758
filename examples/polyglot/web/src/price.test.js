import assert from "node:assert/strict";
import test from "node:test";

import { price } from "./price.js";

test("cents become a price", () => {
  assert.equal(price(1999), "19.99");
});

test("this test fails on purpose", () => {
  assert.equal(price(29.6), "0.29");
});
