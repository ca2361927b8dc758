//! The rules of a tool, of which results name one to say how bad they are.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::Severity;

use super::advisory::{self, Package};
use crate::error::{ReadError, Result};
use crate::json::{Json, Value};
use crate::text;

/// Rules of one component. Some scanners make a rule of every advisory.
const RULES_MAX: usize = 200_000;

/// Bytes of an id or a message that are kept: more than a finding shows.
const TEXT_BYTES_MAX: usize = 2 * text::MESSAGE_BYTES_MAX;

/// Levels of an id (`CA1000/1`) that are looked for: a long id of nothing but `/` has millions.
const LEVELS_MAX: usize = 32;

/// Components beside the driver.
const EXTENSIONS_MAX: usize = 10_000;

/// Rules of the driver and of its extensions.
#[derive(Default)]
pub(super) struct Rules {
    /// The driver's.
    driver: Vec<Rule>,
    /// By extension, in the order of the report.
    extensions: Vec<Vec<Rule>>,
    /// First place of an id: extension (or driver) and index.
    by_id: BTreeMap<String, (Option<usize>, usize)>,
    /// What the tool is called.
    name: String,
}

/// One rule.
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) level: Option<Severity>,
    /// How bad a vulnerability is, 0.0 to 10.0.
    pub(super) score: Option<Decimal>,
    /// What is said of the package that an advisory hits.
    pub(super) package: Option<Package>,
    messages: BTreeMap<String, String>,
}

impl Rule {
    /// A message that results refer to by id (3.11.10).
    pub(super) fn message(&self, id: &str) -> Option<&str> {
        self.messages.get(id).map(String::as_str)
    }
}

/// Which rule a result names.
#[derive(Default)]
pub(super) struct Named {
    pub(super) id: Option<Box<str>>,
    pub(super) index: Option<u32>,
    /// The extension whose rules the index counts.
    pub(super) extension: Option<u32>,
    /// A component is named otherwise than by its index, so that it is not known what the index counts.
    pub(super) elsewhere: bool,
}

impl Rules {
    pub(super) fn read(json: &mut Json<'_, '_>) -> Result<Self> {
        let mut rules = Self::default();
        json.maybe_object(|json, key| match key {
            "driver" => component(json, &mut rules.driver, &mut rules.name),
            "extensions" => json.maybe_array(|json| {
                if rules.extensions.len() == EXTENSIONS_MAX {
                    return Err(ReadError::TooLarge {
                        what: "extensions of a tool",
                        max: EXTENSIONS_MAX as u64,
                    });
                }
                rules.extensions.push(Vec::new());
                let list = rules.extensions.last_mut().expect("one was added");
                component(json, list, &mut String::new())
            }),
            _ => json.skip(),
        })?;
        let places = rules.extensions.iter().enumerate().map(|(at, list)| (Some(at), list));
        for (extension, list) in [(None, &rules.driver)].into_iter().chain(places) {
            for (index, rule) in list.iter().enumerate() {
                rules.by_id.entry(rule.id.clone()).or_insert((extension, index));
            }
        }
        Ok(rules)
    }

    /// Whether the tool is one that looks for known vulnerabilities in packages.
    pub(super) fn seeks_vulnerabilities(&self) -> bool {
        advisory::is_scanner(&self.name)
    }

    /// The rule of a result: by index, unless its id is another one, then by id.
    pub(super) fn find(&self, named: &Named) -> Option<&Rule> {
        let list = match named.extension {
            None => Some(&self.driver),
            Some(at) => self.extensions.get(at as usize),
        };
        let index = named.index.filter(|_| !named.elsewhere);
        let by_index = index.and_then(|index| list?.get(index as usize));
        let Some(id) = named.id.as_deref() else { return by_index };
        // `CA1000/1` is a case of the rule `CA1000` (3.27.5).
        let is = |rule: &&Rule| {
            id.strip_prefix(&*rule.id).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        by_index.filter(is).or_else(|| self.by_id(id)).or(by_index)
    }

    fn by_id(&self, mut id: &str) -> Option<&Rule> {
        for _ in 0..LEVELS_MAX {
            if let Some((extension, index)) = self.by_id.get(id) {
                return match extension {
                    None => self.driver.get(*index),
                    Some(at) => self.extensions.get(*at)?.get(*index),
                };
            }
            id = id.rsplit_once('/')?.0;
        }
        None
    }
}

fn component(json: &mut Json<'_, '_>, rules: &mut Vec<Rule>, name: &mut String) -> Result<()> {
    json.maybe_object(|json, key| {
        match key {
            "rules" => json.maybe_array(|json| {
                let rule = json.value()?;
                if rules.len() == RULES_MAX {
                    return Err(ReadError::TooLarge { what: "rules of a tool", max: RULES_MAX as u64 });
                }
                rules.push(read_rule(&rule, json)?);
                Ok(())
            })?,
            "name" => *name = json.maybe_text()?.unwrap_or_default(),
            _ => json.skip()?,
        }
        Ok(())
    })
}

/// What every result of a run may repeat.
fn cut(text: &str) -> String {
    text::cut(text, TEXT_BYTES_MAX).to_owned()
}

fn read_rule(rule: &Value, json: &Json<'_, '_>) -> Result<Rule> {
    let level = match rule.at(&["defaultConfiguration", "level"]) {
        Value::Null => None,
        value => {
            let level = value.text().and_then(level);
            Some(level.ok_or_else(|| json.malformed("a rule with a level that SARIF has"))?)
        }
    };
    let messages = match rule.get("messageStrings") {
        Value::Map(map) => map
            .iter()
            .filter_map(|(id, message)| Some((id.clone(), cut(message.get("text").text()?))))
            .collect(),
        _ => BTreeMap::new(),
    };
    let id = cut(rule.get("id").text().unwrap_or_default());
    let package = advisory::id(&id).is_some().then(|| {
        let stated = Package::of_properties(rule.get("properties"));
        stated.or(Package::of_text(rule.at(&["help", "text"]).text().unwrap_or_default()))
    });
    Ok(Rule { level, score: score(rule.get("properties")), package, messages, id })
}

/// `security-severity`, as GitHub wants it: a number, mostly in quotes.
pub(super) fn score(properties: &Value) -> Option<Decimal> {
    match properties.get("security-severity") {
        Value::Text(text) => text.trim().parse().ok(),
        value => value.decimal(),
    }
}

/// 3.27.10. A level outside of the enumeration must not sink to a harmless one.
pub(super) fn level(word: &str) -> Option<Severity> {
    match word {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "note" => Some(Severity::Note),
        "none" => Some(Severity::None),
        _ => None,
    }
}
