//! What things in a run are called: digests, times, names, places in the graph.
//!
//! **Absent on purpose:** making any of them. Ids, digests and times come in from the host.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that a person wrote or reads: a step, a pool, a role, a variable. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Name {
    fn default() -> Self {
        // One empty name for all: events are full of them.
        static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from(""));
        Self(EMPTY.clone())
    }
}

impl<T: Into<Arc<str>>> From<T> for Name {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// A SHA-256 digest. Its text is `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The 64 hexadecimal digits, without the prefix.
    pub fn hex(&self) -> String {
        self.to_string()[7..].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0u8; 71];
        text[..7].copy_from_slice(b"sha256:");
        for (at, byte) in self.0.iter().enumerate() {
            text[7 + 2 * at] = HEX[usize::from(byte >> 4)];
            text[8 + 2 * at] = HEX[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a digest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is `sha256:` and 64 lower-case hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits = text.strip_prefix("sha256:").ok_or(NotADigest)?.as_bytes();
        if digits.len() != 64 {
            return Err(NotADigest);
        }
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(NotADigest),
        };
        let mut bytes = [0u8; 32];
        for (at, pair) in digits.as_chunks::<2>().0.iter().enumerate() {
            bytes[at] = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, as the host's clock said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time and `ms` milliseconds; stays at the end of time instead of overflowing.
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }
}

/// A run's id: a UUID version 7, so that ids sort by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Name);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the table it belongs to.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A node of a workflow: its index in `Workflow::nodes`.
    NodeId
);
index!(
    /// An edge of a workflow: its index in `Workflow::edges`.
    EdgeId
);
index!(
    /// A body of a workflow: its index in `Workflow::bodies`. Body 0 is where a run begins.
    BodyId
);
index!(
    /// A pool of a workflow: its index in `Workflow::pools`.
    PoolId
);
index!(
    /// An open scope of a run, numbered in the order of opening. Scope 0 is the run itself.
    ScopeId
);

/// One activation of one node: which scope, which node, which round (0 for the first).
///
/// Its text is `node`, `scope/node`, with `#round` behind it where the round is not 0.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance {
    /// The scope it lives in.
    pub scope: ScopeId,
    /// The node that was activated.
    pub node: NodeId,
    /// How often the node had been activated in this scope before.
    pub round: u32,
}

impl Instance {
    /// The first activation of `node` in the run's own scope.
    pub fn of(node: NodeId) -> Self {
        Self { node, ..Self::default() }
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scope.0 != 0 {
            write!(f, "{}/", self.scope.0)?;
        }
        write!(f, "{}", self.node.0)?;
        if self.round != 0 {
            write!(f, "#{}", self.round)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an instance.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instance is `node`, `scope/node` or `scope/node#round`, in plain numbers")]
pub struct NotAnInstance;

impl FromStr for Instance {
    type Err = NotAnInstance;

    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        let number = |digits: &str| match digits.as_bytes() {
            [b'0'] => Ok(0),
            [b'1'..=b'9', ..] if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse::<u32>().map_err(|_| NotAnInstance)
            }
            _ => Err(NotAnInstance),
        };
        let (scope, rest) = text.split_once('/').unwrap_or(("0", text));
        let (node, round) = rest.split_once('#').unwrap_or((rest, "0"));
        let found =
            Self { scope: ScopeId(number(scope)?), node: NodeId(number(node)?), round: number(round)? };
        // One spelling each, so that a log line has one canonical form.
        if found.to_string() == text { Ok(found) } else { Err(NotAnInstance) }
    }
}

impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A step in an event: the instance that the kernel means, and the name that a reader knows.
///
/// The name is redundant; replay checks it, since it makes every event again from the workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRef {
    /// What the kernel means.
    pub id: Instance,
    /// What people call it.
    pub name: Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_one_spelling() {
        for text in ["0", "17", "2/3", "2/3#4", "5#1"] {
            assert_eq!(text.parse::<Instance>().unwrap().to_string(), text);
        }
        for text in ["", "0/3", "3#0", "03", "1/", "#1", "+1", "1/2/3", "4294967296"] {
            assert_eq!(text.parse::<Instance>(), Err(NotAnInstance), "{text}");
        }
    }

    #[test]
    fn a_digest_reads_back_what_it_writes() {
        let digest = Digest(std::array::from_fn(|at| at as u8 * 8));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("sha256:00".parse::<Digest>().is_err());
        assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
    }
}
