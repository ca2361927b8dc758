//! How fast a SARIF report is read, and in how much memory.
//!
//! `cargo bench -p dod-evidence --bench sarif -- [MEGABYTES] [last]` reads a generated report: messages, places,
//! snippets, fingerprints, flows of code. With `last`, the rules come behind the results, so that no result can
//! be settled before the end of its run. The path of a file instead reads that file. CPU time and memory are
//! Linux's own counts.

#![expect(clippy::print_stdout, reason = "a bench tells its result")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::PathBuf;

use dod_evidence::{Context, Format};

const RULES: usize = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let megabytes = arguments.iter().find_map(|it| it.parse().ok()).unwrap_or(100);
    let rules_last = arguments.iter().any(|it| it == "last");
    let given = arguments.iter().map(PathBuf::from).find(|path| path.is_file());
    let path = given.clone().unwrap_or_else(|| {
        let path = std::env::temp_dir().join(format!("dod-bench-{}.sarif", std::process::id()));
        generate(&path, megabytes << 20, rules_last);
        path
    });
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let before = (cpu_nanoseconds(), peak_kib());
    let file = std::fs::File::open(&path).expect("the report was written");
    let evidence = read(&mut BufReader::with_capacity(64 << 10, file));
    let spent = cpu_nanoseconds() - before.0;
    let findings = evidence.findings.as_ref().map_or(0, Vec::len);
    let kept: usize = evidence.findings.iter().flatten().map(size).sum();
    let speed = bytes as f64 / 1e6 / (spent as f64 / 1e9);
    println!("{:.1} MB, {findings} findings, {:.0} MB per CPU second", bytes as f64 / 1e6, speed);
    println!(
        "peak {:.1} MiB, {:.1} MiB before; evidence about {:.1} MiB",
        peak_kib() as f64 / 1024.0,
        before.1 as f64 / 1024.0,
        kept as f64 / 1_048_576.0
    );
    if given.is_none() {
        std::fs::remove_file(&path).expect("the report is ours");
    }
}

fn read(report: &mut dyn BufRead) -> dod_kernel::evidence::Evidence {
    dod_evidence::read(Format::Sarif, report, &Context::at("/repo")).expect("the report is sound")
}

/// What a finding takes in memory, about.
fn size(finding: &dod_kernel::evidence::Finding) -> usize {
    let place = finding.place.as_ref().map_or(0, |place| place.path.len() + 16);
    let texts = finding.message.len() + finding.fingerprint.len() + finding.rule.len();
    size_of::<dod_kernel::evidence::Finding>() + texts + place + 64
}

fn generate(path: &std::path::Path, bytes: usize, rules_last: bool) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a temporary file"));
    let tool = tool();
    let mut written = 0;
    let mut put = |text: &str| {
        written += text.len();
        file.write_all(text.as_bytes()).expect("the disk has room");
        written
    };
    put(
        "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n",
    );
    if !rules_last {
        put(&format!("{tool},\n"));
    }
    put("      \"results\": [\n");
    let mut at = 0;
    while put(&result(at)) < bytes {
        put(",\n");
        at += 1;
    }
    put("\n      ]");
    if rules_last {
        put(&format!(",\n{tool}"));
    }
    put("\n    }\n  ]\n}\n");
    file.flush().expect("the disk has room");
}

fn tool() -> String {
    let rules: Vec<String> = (0..RULES)
        .map(|at| {
            format!(
                r#"            {{"id": "security/rule-{at}", "name": "Rule{at}", "defaultConfiguration": {{"level": "{}"}},
             "fullDescription": {{"text": "What rule {at} is about, in a sentence that is as long as most."}},
             "properties": {{"tags": ["security", "external/cwe/cwe-0{at}"], "security-severity": "7.{}"}}}}"#,
                ["error", "warning", "note"][at % 3],
                at % 10
            )
        })
        .collect();
    format!(
        "      \"tool\": {{\"driver\": {{\"name\": \"Bench\", \"rules\": [\n{}\n      ]}}}}",
        rules.join(",\n")
    )
}

/// One result, pretty as most tools write it.
fn result(at: usize) -> String {
    let rule = at % RULES;
    let line = 1 + at * 7 % 2000;
    let file = format!("src/module_{}/part_{}/service.ts", at % 97, at % 13);
    let mut flow = String::new();
    for step in 0..at % 5 {
        let comma = if step > 0 { ",\n" } else { "" };
        write!(
            flow,
            r#"{comma}                    {{
                      "location": {{
                        "physicalLocation": {{
                          "artifactLocation": {{ "uri": "{file}", "uriBaseId": "%SRCROOT%" }},
                          "region": {{ "startLine": {}, "startColumn": 13, "endColumn": 38 }}
                        }},
                        "message": {{ "text": "step {step}: value of \"request.query\" flows on" }}
                      }}
                    }}"#,
            line + step
        )
        .expect("a string takes all");
    }
    format!(
        r#"        {{
          "ruleId": "security/rule-{rule}",
          "ruleIndex": {rule},
          "message": {{
            "text": "This query depends on a [user-provided value](1), number {at}.\nIt may let somebody read what is not theirs."
          }},
          "locations": [
            {{
              "physicalLocation": {{
                "artifactLocation": {{ "uri": "{file}", "index": {} }},
                "region": {{
                  "startLine": {line},
                  "startColumn": 9,
                  "endColumn": 61,
                  "snippet": {{ "text": "    const row{at} = await db.query(`select * from t where id = ${{request.query.id}}`);\n" }}
                }},
                "contextRegion": {{
                  "startLine": {line},
                  "endLine": {},
                  "snippet": {{ "text": "  async find(request: Request): Promise<Row> {{\n    const row = await db.query(\"…\");\n    return row;\n  }}\n" }}
                }}
              }}
            }}
          ],
          "partialFingerprints": {{
            "primaryLocationLineHash": "39fa2ee980eb94b{at:x}:1",
            "primaryLocationStartColumnFingerprint": "4"
          }},
          "codeFlows": [
            {{
              "threadFlows": [
                {{
                  "locations": [
{flow}
                  ]
                }}
              ]
            }}
          ],
          "properties": {{ "precision": "high", "rank": {}.5 }}
        }}"#,
        at % 97,
        line + 3,
        at % 100
    )
}

/// Time this thread has spent on a processor.
fn cpu_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// The most memory this process has had.
fn peak_kib() -> u64 {
    let mut text = String::new();
    let status = std::fs::File::open("/proc/self/status").and_then(|mut file| file.read_to_string(&mut text));
    let line = status.ok().and_then(|_| text.lines().find(|line| line.starts_with("VmHWM:")));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
