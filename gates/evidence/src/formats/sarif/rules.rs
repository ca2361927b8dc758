//! The rules of a tool, of which results name one to say how bad they are.

use std::collections::BTreeMap;

use dod_kernel::evidence::Severity;

use crate::error::{ReadError, Result};
use crate::json::Value;

/// Rules of the driver and of its extensions.
#[derive(Default)]
pub(super) struct Rules {
    /// The driver's.
    driver: Vec<Rule>,
    /// By extension, in the order of the report.
    extensions: Vec<Vec<Rule>>,
    /// First place of an id: extension (or driver) and index.
    by_id: BTreeMap<String, (Option<usize>, usize)>,
}

/// One rule.
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) level: Option<Severity>,
    messages: Vec<(String, String)>,
}

impl Rule {
    /// A message that results refer to by id (3.11.10).
    pub(super) fn message(&self, id: &str) -> Option<&str> {
        self.messages.iter().find(|(key, _)| key == id).map(|(_, text)| text.as_str())
    }
}

impl Rules {
    pub(super) fn read(tool: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Self> {
        let component = |component: &Value| -> Result<Vec<Rule>> {
            component.get("rules").list().iter().map(|rule| read_rule(rule, malformed)).collect()
        };
        let mut rules = Self { driver: component(tool.get("driver"))?, ..Self::default() };
        rules.extensions = tool.get("extensions").list().iter().map(component).collect::<Result<Vec<_>>>()?;
        let places = rules.extensions.iter().enumerate().map(|(at, list)| (Some(at), list));
        for (extension, list) in [(None, &rules.driver)].into_iter().chain(places) {
            for (index, rule) in list.iter().enumerate() {
                rules.by_id.entry(rule.id.clone()).or_insert((extension, index));
            }
        }
        Ok(rules)
    }

    /// The rule of a result: by index, then by id; `CA1000/1` also means the rule `CA1000` (3.27.5).
    pub(super) fn find(
        &self,
        extension: Option<usize>,
        index: Option<usize>,
        id: Option<&str>,
    ) -> Option<&Rule> {
        let list = match extension {
            None => Some(&self.driver),
            Some(at) => self.extensions.get(at),
        };
        if let Some(rule) = index.and_then(|index| list?.get(index)) {
            return Some(rule);
        }
        let mut id = id?;
        loop {
            if let Some((extension, index)) = self.by_id.get(id) {
                return self.find(*extension, Some(*index), None);
            }
            id = id.rsplit_once('/')?.0;
        }
    }
}

fn read_rule(rule: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Rule> {
    let level = match rule.at(&["defaultConfiguration", "level"]) {
        Value::Null => None,
        value => Some(level(value).ok_or(malformed("a rule with a level that SARIF has"))?),
    };
    let messages = match rule.get("messageStrings") {
        Value::Map(map) => map
            .iter()
            .filter_map(|(id, message)| Some((id.clone(), message.get("text").text()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    };
    Ok(Rule { id: rule.get("id").text().unwrap_or_default().to_owned(), level, messages })
}

/// 3.27.10. A level outside of the enumeration must not sink to a harmless one.
pub(super) fn level(value: &Value) -> Option<Severity> {
    match value.text()? {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "note" => Some(Severity::Note),
        "none" => Some(Severity::None),
        _ => None,
    }
}
