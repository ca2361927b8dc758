//! rhai's parser with everything but expressions turned off, and its errors in our words.
//!
//! **Absent on purpose:** evaluation. The engine made here has no package, so even by mistake it could not
//! call anything.

use std::sync::LazyLock;

use rhai::{AST, Engine, LexError, ParseError, ParseErrorType, Position};

use crate::script::{BLOCK_DEPTH_MAX, SCRIPT_BYTES_MAX};
use crate::tree::{Place, printable};
use crate::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, LIST_ITEMS_MAX, Problem, TEXT_BYTES_MAX};

// Making an engine costs more than reading a short text: there is one for all texts of a kind.
static EXPRESSIONS: LazyLock<Engine> = LazyLock::new(engine);
static SCRIPTS: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = engine();
    engine.set_allow_looping(true).set_max_expr_depths(BLOCK_DEPTH_MAX);
    engine
});

pub(crate) fn parse(text: &str) -> Result<AST, Problem> {
    let start = Place { line: 1, column: 1 };
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(problem(
            start,
            format!("the expression has more than {EXPRESSION_BYTES_MAX} bytes"),
            None,
        ));
    }
    if text.trim().is_empty() {
        return Err(problem(start, "the expression is empty", None));
    }
    EXPRESSIONS.compile_expression(text).map_err(|error| translate(&error, text))
}

/// A script: statements and loops as well. A script may be empty.
pub(crate) fn parse_script(text: &str) -> Result<AST, Problem> {
    if text.len() > SCRIPT_BYTES_MAX {
        let start = Place { line: 1, column: 1 };
        return Err(problem(start, format!("the script has more than {SCRIPT_BYTES_MAX} bytes"), None));
    }
    SCRIPTS.compile(text).map_err(|error| {
        let mut problem = translate(&error, text);
        problem.message = problem.message.replace("the expression", "the script");
        problem
    })
}

fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_max_expr_depths(EXPRESSION_DEPTH_MAX)
        .set_max_array_size(LIST_ITEMS_MAX)
        .set_max_map_size(LIST_ITEMS_MAX)
        .set_max_string_size(TEXT_BYTES_MAX)
        .set_allow_if_expression(false)
        .set_allow_switch_expression(false)
        .set_allow_loop_expressions(false)
        .set_allow_statement_expression(false)
        .set_allow_looping(false);
    engine
}

pub(crate) fn problem(at: Place, message: impl Into<String>, hint: Option<String>) -> Problem {
    Problem { line: at.line, column: at.column, message: printable(&message.into()), hint }
}

/// rhai leaves the position out where the text ends: that is then the place.
pub(crate) fn place(position: Position, text: &str) -> Place {
    let number = |found: usize| u32::try_from(found).unwrap_or(u32::MAX);
    match (position.line(), position.position()) {
        (Some(line), column) => Place { line: number(line), column: number(column.unwrap_or(1)) },
        (None, _) => Place {
            line: number(text.lines().count().max(1)),
            column: number(text.lines().last().unwrap_or("").chars().count() + 1),
        },
    }
}

fn translate(error: &ParseError, text: &str) -> Problem {
    let (message, hint) = match error.err_type() {
        ParseErrorType::BadInput(lexical) => lexical_error(lexical),
        ParseErrorType::UnexpectedEOF => ("the expression ends too early".into(), None),
        ParseErrorType::UnknownOperator(operator) | ParseErrorType::Reserved(operator) => reserved(operator),
        ParseErrorType::MissingToken(token, _) => (format!("`{token}` is missing"), None),
        ParseErrorType::ExprTooDeep => {
            (format!("the expression is nested deeper than {EXPRESSION_DEPTH_MAX} levels"), None)
        }
        ParseErrorType::PropertyExpected => ("a name is missing after the point".into(), None),
        ParseErrorType::MismatchedType(..) => ("`&&` and `||` join only true and false".into(), None),
        ParseErrorType::LiteralTooLarge(what, most) => {
            (format!("{} exceeds {most}", lower_first(what)), None)
        }
        other => (lower_first(&other.to_string()), None),
    };
    problem(place(error.position(), text), message, hint.map(str::to_owned))
}

fn lexical_error(error: &LexError) -> (String, Option<&'static str>) {
    match error {
        LexError::UnexpectedInput(found) => match found.as_str() {
            "=" => ("an expression does not assign".into(), Some("equality is written `==`")),
            "and" => ("`and` is not a word of expressions".into(), Some("write `&&`")),
            "or" => ("`or` is not a word of expressions".into(), Some("write `||`")),
            found if found.starts_with("'==='") => reserved("==="),
            found if found.starts_with("'!=='") => reserved("!=="),
            found => (format!("unexpected `{found}`"), None),
        },
        LexError::UnterminatedString => ("the text has no closing quote".into(), None),
        LexError::MalformedChar(_) => {
            ("single quotes do not hold a text".into(), Some("texts are written in double quotes"))
        }
        LexError::MalformedNumber(found) => (format!("`{found}` is not a number"), None),
        LexError::ImproperSymbol(found, _) => reserved(found),
        other => (lower_first(&other.to_string()), None),
    }
}

fn reserved(word: &str) -> (String, Option<&'static str>) {
    let hint = match word {
        "===" => Some("write `==`"),
        "!==" => Some("write `!=`"),
        "<>" => Some("write `!=`"),
        "$" => Some("facts are named without `${…}`"),
        _ if word.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            Some("a reserved word can be asked as text, as in `outputs[\"new\"]`")
        }
        _ => None,
    };
    (format!("`{word}` is reserved"), hint)
}

fn lower_first(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
