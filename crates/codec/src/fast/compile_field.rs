//! Single fields of a template file.

use roxmltree::Node;

use super::compile::{Compiler, Scope, is_optional, line, syntax};
use super::error::TemplateError;
use super::initial;
use super::template::{Action, Integer, Operation, Operator, Text, TextKind, WholeDecimal};

/// The operator inside `node`, and its element.
fn operator<'a>(node: Node<'a, 'a>) -> Result<(Operator, Option<Node<'a, 'a>>), TemplateError> {
    let mut found = (Operator::None, None);
    for child in node.children().filter(Node::is_element) {
        let operator = match child.tag_name().name() {
            "constant" => Operator::Constant,
            "default" => Operator::Default,
            "copy" => Operator::Copy,
            "increment" => Operator::Increment,
            "delta" => Operator::Delta,
            "tail" => Operator::Tail,
            "length" | "exponent" | "mantissa" => continue,
            _ => return Err(syntax(child, "is no operator")),
        };
        if found.1.is_some() {
            return Err(syntax(node, "has two operators"));
        }
        found = (operator, Some(child));
    }
    Ok(found)
}

/// An operator with its presence, and its initial value by `parse`; checks S2 to S5.
fn checked<T>(
    node: Node<'_, '_>,
    (operator, element): (Operator, Option<Node<'_, '_>>),
    is_optional: bool,
    refused: &[Operator],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, TemplateError> {
    let field = || node.tag_name().name().to_owned();
    if refused.contains(&operator) {
        return Err(TemplateError::Operator {
            line: line(node),
            operator: element.map_or_else(String::new, |known| known.tag_name().name().to_owned()),
            field: field(),
        });
    }
    let written = element.and_then(|element| element.attribute("value"));
    let initial = match written {
        None => None,
        Some(text) => Some(parse(text).ok_or_else(|| TemplateError::Initial {
            line: line(node),
            value: text.to_owned(),
            field: field(),
        })?),
    };
    match (operator, &initial) {
        (Operator::Constant, None) => Err(TemplateError::Constant { line: line(node) }),
        (Operator::Default, None) if !is_optional => {
            Err(TemplateError::Default { line: line(node) })
        }
        _ => Ok(initial),
    }
}

/// Compiles the field `node`.
pub(super) fn field<'a>(
    compiler: &mut Compiler<'a>,
    node: Node<'a, 'a>,
    scope: &Scope<'a>,
) -> Result<Operation, TemplateError> {
    let kind = node.tag_name().name();
    let name = node
        .attribute("name")
        .ok_or_else(|| syntax(node, "has no name"))?;
    let is_optional = is_optional(node)?;
    let number = |is_signed, bits| Width { is_signed, bits };
    let action = match kind {
        "int32" => Action::Integer(integer(
            compiler,
            node,
            name,
            scope,
            is_optional,
            number(true, 32),
        )?),
        "uInt32" => Action::Integer(integer(
            compiler,
            node,
            name,
            scope,
            is_optional,
            number(false, 32),
        )?),
        "int64" => Action::Integer(integer(
            compiler,
            node,
            name,
            scope,
            is_optional,
            number(true, 64),
        )?),
        "uInt64" => Action::Integer(integer(
            compiler,
            node,
            name,
            scope,
            is_optional,
            number(false, 64),
        )?),
        "decimal" => decimal(compiler, node, name, scope, is_optional)?,
        "string" => {
            let kind = match node.attribute("charset") {
                None | Some("ascii" | "ASCII") => TextKind::Ascii,
                Some("unicode" | "UNICODE") => TextKind::Unicode,
                Some(_) => return Err(syntax(node, "has a charset other than ascii and unicode")),
            };
            text(compiler, node, name, scope, is_optional, kind)?
        }
        "byteVector" => text(compiler, node, name, scope, is_optional, TextKind::Bytes)?,
        _ => return Err(syntax(node, "is no field of FAST 1.1")),
    };
    let field = compiler.name(node, name);
    Ok(Operation { field, action })
}

#[derive(Debug, Clone, Copy)]
struct Width {
    is_signed: bool,
    bits: u8,
}

fn integer<'a>(
    compiler: &mut Compiler<'a>,
    node: Node<'a, 'a>,
    name: &str,
    scope: &Scope<'a>,
    is_optional: bool,
    width: Width,
) -> Result<Integer, TemplateError> {
    let found = operator(node)?;
    let parse = |text: &str| initial::integer(text, width.is_signed, width.bits);
    let initial = checked(node, found, is_optional, &[Operator::Tail], parse)?;
    Ok(Integer {
        operator: found.0,
        is_optional,
        is_signed: width.is_signed,
        bits: width.bits,
        slot: compiler.slot(found.1, name, scope),
        initial,
    })
}

fn decimal<'a>(
    compiler: &mut Compiler<'a>,
    node: Node<'a, 'a>,
    name: &str,
    scope: &Scope<'a>,
    is_optional: bool,
) -> Result<Action, TemplateError> {
    let part = |kind| {
        node.children()
            .find(|child| child.tag_name().name() == kind)
    };
    let (exponent, mantissa) = (part("exponent"), part("mantissa"));
    let found = operator(node)?;
    if exponent.is_none() && mantissa.is_none() {
        let refused = [Operator::Increment, Operator::Tail];
        let initial = checked(node, found, is_optional, &refused, initial::decimal)?;
        return Ok(Action::Decimal(WholeDecimal {
            operator: found.0,
            is_optional,
            slot: compiler.slot(found.1, name, scope),
            initial,
        }));
    }
    if found.1.is_some() {
        return Err(syntax(node, "has an operator beside those of its parts"));
    }
    let mut one = |element: Option<Node<'a, 'a>>, part, is_optional, bits| {
        let width = Width {
            is_signed: true,
            bits,
        };
        let key = format!("{name}\u{1f}{part}");
        match element {
            Some(element) => integer(compiler, element, &key, scope, is_optional, width),
            None => Ok(Integer {
                operator: Operator::None,
                is_optional,
                is_signed: true,
                bits,
                slot: compiler.slot(None, &key, scope),
                initial: None,
            }),
        }
    };
    // An absent exponent makes the decimal absent, so the mantissa is never optional itself.
    let exponent = one(exponent, "exponent", is_optional, 32)?;
    let mantissa = one(mantissa, "mantissa", false, 64)?;
    Ok(Action::Parts(Box::new((exponent, mantissa))))
}

fn text<'a>(
    compiler: &mut Compiler<'a>,
    node: Node<'a, 'a>,
    name: &str,
    scope: &Scope<'a>,
    is_optional: bool,
    kind: TextKind,
) -> Result<Action, TemplateError> {
    let found = operator(node)?;
    let parse = |text: &str| initial::text(text, kind);
    let initial = checked(node, found, is_optional, &[Operator::Increment], parse)?;
    Ok(Action::Text(Text {
        kind,
        operator: found.0,
        is_optional,
        slot: compiler.slot(found.1, name, scope),
        initial,
    }))
}

/// The length of the sequence `node`, which is called `name`.
pub(super) fn sequence_length<'a>(
    compiler: &mut Compiler<'a>,
    node: Node<'a, 'a>,
    name: &str,
    scope: &Scope<'a>,
) -> Result<Integer, TemplateError> {
    let is_optional = is_optional(node)?;
    let width = Width {
        is_signed: false,
        bits: 32,
    };
    let implicit = format!("{name}\u{1f}length");
    let mut lengths = node
        .children()
        .filter(|child| child.tag_name().name() == "length");
    match lengths.next() {
        Some(length) => {
            let name = length.attribute("name").unwrap_or(&implicit).to_owned();
            integer(compiler, length, &name, scope, is_optional, width)
        }
        None => Ok(Integer {
            operator: Operator::None,
            is_optional,
            is_signed: false,
            bits: 32,
            slot: compiler.slot(None, &implicit, scope),
            initial: None,
        }),
    }
}
