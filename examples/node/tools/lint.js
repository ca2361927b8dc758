// Two rules, so that the example needs no package: no `var`, and no blanks at the end of a line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

let found = 0;
for (const folder of process.argv.slice(2)) {
  for (const name of readdirSync(folder).filter((name) =>
    name.endsWith(".js"),
  )) {
    const file = join(folder, name);
    readFileSync(file, "utf8")
      .split("\n")
      .forEach((line, at) => {
        const complain = (column, text, rule) => {
          console.log(`${file}:${at + 1}:${column}: error: ${text} [${rule}]`);
          found += 1;
        };
        if (/^\s*var\s/.test(line)) {
          complain(
            line.indexOf("var") + 1,
            "`let` or `const` instead of `var`",
            "no-var",
          );
        }
        if (/\s$/.test(line)) {
          complain(
            line.trimEnd().length + 1,
            "blanks at the end of the line",
            "no-trailing-blanks",
          );
        }
      });
  }
}
process.exitCode = found > 0 ? 1 : 0;
