//! Types of a schema file (SBE 1.0, clauses 4.3 to 4.7).

use roxmltree::Node;

use super::error::SchemaError;
use super::parse::{Parser, attribute_number, refuse, text};
use super::primitive::{Number, Primitive};
use super::schema::{Choice, Choices, Composite, Constant, Kind, Member, Presence, Simple};

const MAX_DEPTH: usize = 16;

/// `presence` of `node`; required if it says nothing.
pub(super) fn presence(node: Node<'_, '_>) -> Result<Option<Presence>, SchemaError> {
    Ok(Some(match node.attribute("presence") {
        None => return Ok(None),
        Some("required") => Presence::Required,
        Some("optional") => Presence::Optional,
        Some("constant") => Presence::Constant,
        Some(_) => return Err(refuse(node, "has a presence that does not exist")),
    }))
}

impl<'a> Parser<'a> {
    /// The type called `name`, for `node`.
    pub(super) fn type_named(
        &self,
        node: Node<'a, 'a>,
        name: &str,
        depth: usize,
    ) -> Result<Kind, SchemaError> {
        if let Some(found) = self.types.get(name) {
            return self.kind(*found, depth);
        }
        let Some(primitive) = Primitive::named(name) else {
            return Err(refuse(
                node,
                &format!("has type {name:?}, which is unknown"),
            ));
        };
        Ok(Kind::Simple(Simple {
            primitive,
            length: 1,
            null: primitive.null(),
            presence: Presence::Required,
            constant: None,
            most: None,
            encoding: None,
        }))
    }

    /// The type that `node` defines.
    pub(super) fn kind(&self, node: Node<'a, 'a>, depth: usize) -> Result<Kind, SchemaError> {
        if depth > MAX_DEPTH {
            return Err(refuse(node, "contains itself, or nests too deep"));
        }
        match node.tag_name().name() {
            "type" => self.simple(node).map(Kind::Simple),
            "enum" => self.enumeration(node).map(Kind::Enum),
            "set" => self.set(node).map(Kind::Set),
            "composite" => self.composite(node, depth).map(Kind::Composite),
            _ => Err(refuse(node, "is no type")),
        }
    }

    fn simple(&self, node: Node<'a, 'a>) -> Result<Simple, SchemaError> {
        let name = node.attribute("primitiveType").unwrap_or_default();
        let Some(primitive) = Primitive::named(name) else {
            return Err(refuse(
                node,
                &format!("has primitive type {name:?}, which does not exist"),
            ));
        };
        let presence = presence(node)?.unwrap_or_default();
        let written = text(node);
        let is_variable = node.attribute("variableLength") == Some("true");
        let mut length = match attribute_number::<usize>(node, "length")? {
            Some(length) => length,
            None if presence == Presence::Constant && primitive == Primitive::Char => written.len(),
            None => 1,
        };
        if is_variable {
            length = 0;
        }
        if length
            .checked_mul(primitive.size())
            .is_none_or(|size| size > 1 << 20)
        {
            return Err(refuse(node, "is longer than 1 MiB"));
        }
        let number = |attribute| match node.attribute(attribute) {
            None => Ok(None),
            Some(text) => primitive.parse(text).map(Some).ok_or_else(|| {
                refuse(
                    node,
                    &format!("has {attribute} {text:?}, which is no {name}"),
                )
            }),
        };
        let (least, most) = (number("minValue")?, number("maxValue")?);
        if let (Some(least), Some(most)) = (least, most)
            && least.to_f64() > most.to_f64()
        {
            return Err(refuse(node, "has a minValue above its maxValue"));
        }
        let constant = match presence {
            Presence::Constant => Some(self.constant(node, primitive, length, &written)?),
            _ => None,
        };
        Ok(Simple {
            primitive,
            length,
            null: number("nullValue")?.unwrap_or(primitive.null()),
            presence,
            constant,
            most,
            encoding: node.attribute("characterEncoding").map(str::to_owned),
        })
    }

    fn constant(
        &self,
        node: Node<'a, 'a>,
        primitive: Primitive,
        length: usize,
        written: &str,
    ) -> Result<Constant, SchemaError> {
        if let Some(reference) = node.attribute("valueRef") {
            return self.value_of(node, reference);
        }
        if written.is_empty() {
            return Err(refuse(node, "is a constant without a value"));
        }
        if primitive == Primitive::Char {
            if written.len() > length {
                return Err(refuse(
                    node,
                    "has a constant that is longer than its length",
                ));
            }
            return Ok(Constant::Text(written.to_owned()));
        }
        let number = primitive.parse(written);
        number.map(Constant::Number).ok_or_else(|| {
            refuse(
                node,
                &format!("has the constant {written:?}, which is none of its type"),
            )
        })
    }

    /// The value that `Enumeration.value` stands for.
    pub(super) fn value_of(
        &self,
        node: Node<'a, 'a>,
        reference: &str,
    ) -> Result<Constant, SchemaError> {
        let unknown = || refuse(node, &format!("refers to {reference:?}, which is unknown"));
        let (name, value) = reference.split_once('.').ok_or_else(unknown)?;
        let found = self
            .types
            .get(name)
            .filter(|found| found.tag_name().name() == "enum");
        let choices = self.enumeration(*found.ok_or_else(unknown)?)?;
        let mut choices = choices.choices.into_iter();
        let choice = choices
            .find(|choice| choice.name == value)
            .ok_or_else(unknown)?;
        Ok(Constant::Named(choice.name, choice.value))
    }

    /// How `node` is encoded: by a primitive type, or by a type of one number.
    fn encoding(&self, node: Node<'a, 'a>) -> Result<(Primitive, Option<Number>), SchemaError> {
        let name = node.attribute("encodingType").unwrap_or_default();
        if let Some(primitive) = Primitive::named(name) {
            return Ok((primitive, None));
        }
        let found = self
            .types
            .get(name)
            .filter(|found| found.tag_name().name() == "type");
        let Some(found) = found else {
            return Err(refuse(
                node,
                &format!("has encodingType {name:?}, which is unknown"),
            ));
        };
        let simple = self.simple(*found)?;
        if simple.length != 1 {
            return Err(refuse(node, "is encoded by an array"));
        }
        Ok((simple.primitive, Some(simple.null)))
    }

    fn enumeration(&self, node: Node<'a, 'a>) -> Result<Choices, SchemaError> {
        let (primitive, null) = self.encoding(node)?;
        if !primitive.is_unsigned() && primitive != Primitive::Char {
            // The standard asks for char or unsigned; signed ones are in use all the same.
            if matches!(primitive, Primitive::Float | Primitive::Double) {
                return Err(refuse(
                    node,
                    "is encoded by a type that is no integer and no char",
                ));
            }
        }
        let choices = choices(node, "validValue", |child| {
            let written = text(child);
            let value = match (primitive, written.as_bytes()) {
                (Primitive::Char, [byte]) => Some(Number::Unsigned(u64::from(*byte))),
                (Primitive::Char, _) => None,
                _ => primitive.parse(&written),
            };
            value.ok_or_else(|| refuse(child, "has a value that its encoding cannot hold"))
        })?;
        let written = node
            .attribute("nullValue")
            .map(|text| primitive.parse(text));
        let own = match written {
            Some(None) => {
                return Err(refuse(
                    node,
                    "has a nullValue that its encoding cannot hold",
                ));
            }
            Some(own) => own,
            None => null,
        };
        Ok(Choices {
            primitive,
            null: own.unwrap_or(primitive.null()),
            choices,
        })
    }

    fn set(&self, node: Node<'a, 'a>) -> Result<Choices, SchemaError> {
        let (primitive, _) = self.encoding(node)?;
        if !primitive.is_unsigned() {
            return Err(refuse(
                node,
                "is a set that is encoded by no unsigned integer",
            ));
        }
        let bits = primitive.size() as u64 * 8;
        let choices = choices(node, "choice", |child| {
            let bit = text(child)
                .trim()
                .parse::<u64>()
                .ok()
                .filter(|bit| *bit < bits);
            let refused = || refuse(child, "is a bit that its encoding does not have");
            bit.map(Number::Unsigned).ok_or_else(refused)
        })?;
        Ok(Choices {
            primitive,
            null: Number::Unsigned(0),
            choices,
        })
    }

    pub(super) fn composite(
        &self,
        node: Node<'a, 'a>,
        depth: usize,
    ) -> Result<Composite, SchemaError> {
        let mut composite = Composite::default();
        for child in node.children().filter(Node::is_element) {
            let name = child.attribute("name").unwrap_or_default();
            let kind = match child.tag_name().name() {
                "ref" => {
                    let target = child.attribute("type").unwrap_or_default();
                    if !self.types.contains_key(target) {
                        return Err(refuse(
                            child,
                            &format!("refers to {target:?}, which is unknown"),
                        ));
                    }
                    self.type_named(child, target, depth + 1)?
                }
                "type" | "enum" | "set" | "composite" => self.kind(child, depth + 1)?,
                _ => return Err(refuse(child, "does not belong into a composite")),
            };
            if name.is_empty() {
                return Err(refuse(child, "has no name"));
            }
            if composite.member(name).is_some() {
                return Err(refuse(child, "is there twice in its composite"));
            }
            let offset = attribute_number::<usize>(child, "offset")?.unwrap_or(composite.size);
            if offset < composite.size {
                return Err(refuse(child, "has an offset inside the part before it"));
            }
            let end = offset
                .checked_add(kind.size())
                .filter(|end| *end <= 1 << 20);
            let Some(end) = end else {
                return Err(refuse(child, "ends beyond 1 MiB"));
            };
            if kind.size() > 0 {
                composite.size = end;
            }
            composite.members.push(Member {
                name: name.to_owned(),
                offset,
                kind,
                since: attribute_number(child, "sinceVersion")?.unwrap_or(0),
            });
        }
        if composite.members.is_empty() {
            return Err(refuse(node, "is a composite without parts"));
        }
        Ok(composite)
    }
}

/// The children of `node` called `tag`, each with a name and value of its own.
fn choices<'a>(
    node: Node<'a, 'a>,
    tag: &str,
    value: impl Fn(Node<'a, 'a>) -> Result<Number, SchemaError>,
) -> Result<Vec<Choice>, SchemaError> {
    let mut found: Vec<Choice> = Vec::new();
    for child in node.children().filter(Node::is_element) {
        if child.tag_name().name() != tag {
            return Err(refuse(child, "does not belong here"));
        }
        let name = child.attribute("name").unwrap_or_default();
        let value = value(child)?;
        if name.is_empty() {
            return Err(refuse(child, "has no name"));
        }
        if found
            .iter()
            .any(|known| known.name == name || known.value == value)
        {
            return Err(refuse(child, "repeats a name or a value"));
        }
        found.push(Choice {
            name: name.to_owned(),
            value,
            since: attribute_number(child, "sinceVersion")?.unwrap_or(0),
        });
    }
    Ok(found)
}
