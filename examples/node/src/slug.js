/** Titles as parts of an address: lower case, one dash between words. */
export function slug(title) {
  const plain = title.normalize("NFKD").replace(/\p{Mark}/gu, "");
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** A slug that is not among those taken: the first is bare, others are numbered from 2. */
export function unique(title, taken) {
  const base = slug(title) || "untitled";
  if (!taken.has(base)) {
    return base;
  }
  let number = 2;
  while (taken.has(`${base}-${number}`)) {
    number += 1;
  }
  return `${base}-${number}`;
}
