//! `dod log publish`, read by another implementation of C2SP tlog-tiles and signed notes: what it proves of the files is what
//! the log says.

use std::path::PathBuf;

use dod_host::clone_log::{Leaf, Opened, Writer};
use dod_host::keys::Keys;
use dod_kernel::id::{Digest, RunId, Timestamp};
use dod_kernel::run::Identity;
use dod_proof::key::Signer;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, HashReader as _, TileHashReader, TileReader};

use crate::dod::{Project, Said, said};

struct Publishing {
    project: Project,
    key: Signer,
}

impl Publishing {
    /// A project with one finished run, signed.
    fn new() -> Self {
        let project = Project::of("steps:\n  one: { run: \"true\", kind: build }\n");
        project.commit("one");
        let it = Self { project, key: Signer::of_seed("ci.example.com", &[7; 32]).unwrap() };
        let said = it.dod(&["validate"]);
        assert_eq!(said.code, 0, "{said}");
        it
    }

    fn dod(&self, words: &[&str]) -> Said {
        let mut command = self.project.command(words);
        command.env("DOD_KEYS", self.keys()).env("DOD_KEY", self.key.to_secret_text());
        said(&command.output().unwrap())
    }

    fn keys(&self) -> PathBuf {
        self.project.path().with_extension("keys")
    }

    /// As if more runs had begun here.
    fn grow(&self, to: u64) {
        let signing = Keys::at(&self.keys()).signing(Some(&self.key.to_secret_text())).unwrap();
        let mut log = Writer::open(&self.project.path().join(".dod/log"), "x", &signing).unwrap();
        for at in log.size()..to {
            let by = Identity { name: "ann".into(), proved: false };
            let run = RunId(format!("01970000-0000-7000-8000-{at:012x}").as_str().into());
            log.append(&Leaf::Opened(Box::new(Opened {
                at: Timestamp(1),
                by,
                run,
                started: Digest([1; 32]),
            })))
            .unwrap();
        }
        log.seal(&signing).unwrap();
    }

    /// Reads all of the folder with the other implementation, and compares it with the leaves.
    fn check(&self) {
        let folder = Folder(self.project.path().join("public"));
        let note = Note::from_bytes(&std::fs::read(folder.0.join("checkpoint")).unwrap()).unwrap();
        let verifier = StandardVerifier::new(&self.key.verifier().to_string()).unwrap();
        let (good, unknown) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        assert_eq!((good.len(), unknown.len()), (1, 0));
        let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
        let origin = self.project.read(".dod/log/origin");
        assert_eq!(checkpoint.origin(), origin.trim());

        let leaves = self.project.read(".dod/log/leaves.jsonl");
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        assert_eq!(leaves.lines().count() as u64, size);
        let reader = TileHashReader::new(size, root, &folder);
        for (at, leaf) in (0..).zip(leaves.lines()) {
            let hash = tlog_tiles::record_hash(leaf.as_bytes());
            assert_eq!(reader.read_hashes(&[tlog_tiles::stored_hash_index(0, at)]).unwrap(), [hash]);
            let proof = tlog_tiles::prove_record(size, at, &reader).unwrap();
            tlog_tiles::check_record(&proof, size, root, at, hash).unwrap();
            assert_eq!(folder.entry(at, size), leaf.as_bytes());
        }
    }
}

/// A published log, as a web server has it.
struct Folder(PathBuf);

impl Folder {
    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A leaf out of its bundle.
    fn entry(&self, at: u64, size: u64) -> Vec<u8> {
        let (index, width) = (at / 256, (size - at / 256 * 256).min(256));
        let partial = if width == 256 { String::new() } else { format!(".p/{width}") };
        let bundle = self.read(&format!("tile/entries/{index:03}{partial}"));
        let mut rest = bundle.as_slice();
        for _ in 0..at % 256 {
            rest = &rest[2 + usize::from(rest[0]) * 256 + usize::from(rest[1])..];
        }
        rest[2..2 + usize::from(rest[0]) * 256 + usize::from(rest[1])].to_vec()
    }
}

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        // Its paths name the height, as those of Go's checksum database do; C2SP fixes the height.
        Ok(tiles.iter().map(|tile| self.read(&tile.path().replacen("tile/8/", "tile/", 1))).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn a_published_log_is_read_by_another_implementation() {
    let it = Publishing::new();
    let said = it.dod(&["log", "publish", "public"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("2 leaves, 2 of them new, signed by ci.example.com+"), "{said}");
    it.check();
    it.grow(300);
    let said = it.dod(&["log", "publish", "public", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let schema = serde_json::from_str(include_str!("../../schemas/log_publish.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap().validate(&object).unwrap();
    assert_eq!((&object["before"], &object["size"], &object["files"]), (&2.into(), &300.into(), &5.into()));
    it.check();
}

#[test]
fn a_published_log_is_checked_and_never_written_over_by_another() {
    let (it, other) = (Publishing::new(), Publishing::new());
    assert_eq!(it.dod(&["log", "publish", "public"]).code, 0);
    let target = it.project.path().join("public");
    let said = other.dod(&["log", "publish", target.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stderr.contains("which are not the first ones of this log"), "{said}");
    let said = it.dod(&["log", "publish", "public", "--check"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.starts_with("good: log "), "{said}");

    let bundle = target.join("tile/entries/000.p/2");
    let mut bytes = std::fs::read(&bundle).unwrap();
    let at = bytes.windows(6).position(|word| word == b"passed").unwrap();
    bytes[at..at + 6].copy_from_slice(b"failed");
    std::fs::write(&bundle, bytes).unwrap();
    let said = it.dod(&["log", "publish", "public", "--check"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stderr.contains("number 1 of `tile/0/000.p/2` is not what the other files say"), "{said}");
    std::fs::remove_file(&bundle).unwrap();
    let said = it.dod(&["log", "publish", "public", "--check"]);
    assert_eq!(said.code, 3, "{said}");
}
