//! Messages of a schema file (SBE 1.0, clause 4.8).

use roxmltree::Node;

use super::error::SchemaError;
use super::parse::{Parser, attribute_number, is_raw, refuse, whole};
use super::parse_type::presence;
use super::schema::{Constant, Data, Dimension, Field, Group, Kind, Layout, Message, Presence};

const MAX_DEPTH: usize = 16;
/// Counts have to fit a signed 32-bit integer, as in the reference implementation.
const MAX_COUNT: u64 = i32::MAX as u64;

fn name<'a>(node: Node<'a, 'a>) -> Result<&'a str, SchemaError> {
    node.attribute("name")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| refuse(node, "has no name"))
}

fn id(node: Node<'_, '_>) -> Result<u32, SchemaError> {
    attribute_number(node, "id")?.ok_or_else(|| refuse(node, "has no id"))
}

impl<'a> Parser<'a> {
    pub(super) fn message(&self, node: Node<'a, 'a>) -> Result<Message, SchemaError> {
        Ok(Message {
            name: name(node)?.to_owned(),
            id: id(node)?,
            since: attribute_number(node, "sinceVersion")?.unwrap_or(0),
            layout: self.layout(node, 0)?,
        })
    }

    /// Fields, then groups, then data of `node`.
    fn layout(&self, node: Node<'a, 'a>, depth: usize) -> Result<Layout, SchemaError> {
        if depth > MAX_DEPTH {
            return Err(refuse(node, "nests groups too deep"));
        }
        let mut layout = Layout::default();
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "field" => {
                    if !layout.groups.is_empty() || !layout.data.is_empty() {
                        return Err(refuse(child, "stands behind a group or data"));
                    }
                    let field = self.field(child, layout.block_length)?;
                    if field.size > 0 {
                        layout.block_length = field.offset + field.size;
                    }
                    layout.fields.push(field);
                }
                "group" => {
                    if !layout.data.is_empty() {
                        return Err(refuse(child, "stands behind data"));
                    }
                    layout.groups.push(self.group(child, depth)?);
                }
                "data" => layout.data.push(self.data(child)?),
                _ => return Err(refuse(child, "does not belong into a message")),
            }
            let names = layout.fields.iter().map(|field| &field.name);
            let names = names.chain(layout.groups.iter().map(|group| &group.name));
            let names = names.chain(layout.data.iter().map(|data| &data.name));
            if names
                .filter(|known| Some(known.as_str()) == child.attribute("name"))
                .count()
                > 1
            {
                return Err(refuse(child, "is there twice"));
            }
        }
        if let Some(stated) = attribute_number::<usize>(node, "blockLength")? {
            if stated < layout.block_length {
                let reason = format!("has blockLength {stated} for {} bytes", layout.block_length);
                return Err(refuse(node, &reason));
            }
            layout.block_length = stated;
        }
        Ok(layout)
    }

    fn field(&self, node: Node<'a, 'a>, end: usize) -> Result<Field, SchemaError> {
        let kind = self.type_named(node, node.attribute("type").unwrap_or_default(), 0)?;
        let of_type = match &kind {
            Kind::Simple(simple) => simple.presence,
            _ => Presence::Required,
        };
        if matches!(&kind, Kind::Simple(simple) if simple.length == 0) {
            return Err(refuse(
                node,
                "is a field of variable length; it has to be data",
            ));
        }
        let presence = presence(node)?.unwrap_or(of_type);
        let constant = match (presence, &kind) {
            (Presence::Constant, kind) => Some(self.field_constant(node, kind)?),
            _ => None,
        };
        let size = if constant.is_some() { 0 } else { kind.size() };
        let offset = attribute_number(node, "offset")?.unwrap_or(end);
        if offset < end && size > 0 {
            let reason = format!("has offset {offset}, inside the field that ends at {end}");
            return Err(refuse(node, &reason));
        }
        if offset.checked_add(size).is_none_or(|end| end > 1 << 20) {
            return Err(refuse(node, "ends beyond 1 MiB"));
        }
        Ok(Field {
            name: name(node)?.to_owned(),
            id: id(node)?,
            offset,
            size,
            kind,
            presence,
            constant,
            since: attribute_number(node, "sinceVersion")?.unwrap_or(0),
        })
    }

    fn field_constant(&self, node: Node<'a, 'a>, kind: &Kind) -> Result<Constant, SchemaError> {
        if let Some(reference) = node.attribute("valueRef") {
            return self.value_of(node, reference);
        }
        if let Kind::Simple(simple) = kind
            && let Some(constant) = &simple.constant
        {
            return Ok(constant.clone());
        }
        let written = super::parse::text(node);
        let found = match kind {
            Kind::Simple(simple) => simple.primitive.parse(&written).map(Constant::Number),
            Kind::Enum(choices) => {
                let mut choices = choices.choices.iter();
                let found = choices.find(|choice| choice.name == written);
                found.map(|choice| Constant::Named(choice.name.clone(), choice.value))
            }
            Kind::Set(_) | Kind::Composite(_) => None,
        };
        found.ok_or_else(|| refuse(node, "is a constant without a value"))
    }

    fn group(&self, node: Node<'a, 'a>, depth: usize) -> Result<Group, SchemaError> {
        let dimension = node
            .attribute("dimensionType")
            .unwrap_or("groupSizeEncoding");
        let composite = self.composite_named(node, dimension)?;
        Ok(Group {
            name: name(node)?.to_owned(),
            id: id(node)?,
            since: attribute_number(node, "sinceVersion")?.unwrap_or(0),
            layout: self.layout(node, depth + 1)?,
            dimension: Dimension {
                size: composite.size,
                block_length: whole(node, &composite, dimension, "blockLength", u64::MAX)?,
                count: whole(node, &composite, dimension, "numInGroup", MAX_COUNT)?,
            },
        })
    }

    fn data(&self, node: Node<'a, 'a>) -> Result<Data, SchemaError> {
        let encoding = node.attribute("type").unwrap_or_default();
        let composite = self.composite_named(node, encoding)?;
        let length = whole(node, &composite, encoding, "length", u64::MAX)?;
        let data = composite.member("varData");
        let Some((start, Kind::Simple(simple))) = data.map(|data| (data.offset, &data.kind)) else {
            return Err(refuse(
                node,
                &format!("uses {encoding:?}, which has no varData"),
            ));
        };
        if !is_raw(simple.primitive) {
            return Err(refuse(
                node,
                &format!("uses {encoding:?}, whose varData is not bytes"),
            ));
        }
        Ok(Data {
            name: name(node)?.to_owned(),
            id: id(node)?,
            since: attribute_number(node, "sinceVersion")?.unwrap_or(0),
            encoding: simple.encoding.clone(),
            length,
            start,
        })
    }
}
