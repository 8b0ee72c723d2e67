//! Template files to lists of operations.

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};
use rustc_hash::FxHashMap;

use super::compile_field::{field, sequence_length};
use super::error::TemplateError;
use super::template::{
    Action, Field, FieldId, Integer, Operation, Operator, Template, TemplateId, Templates,
};

const MAX_DEPTH: usize = 32;
const MAX_NODES: u32 = 1_000_000;
const MAX_OPERATIONS: usize = 1_000_000;

/// What surrounds an element: where its previous values are kept and what its names belong to.
#[derive(Debug, Clone)]
pub(super) struct Scope<'a> {
    dictionary: &'a str,
    namespace: &'a str,
    template: &'a str,
    application_type: &'a str,
    depth: usize,
}

impl<'a> Scope<'a> {
    /// The scope of what is inside `node`.
    fn inside(&self, node: Node<'a, 'a>) -> Self {
        let children = node.children();
        let typed = children
            .rev()
            .find(|child| child.tag_name().name() == "typeRef");
        Self {
            dictionary: node.attribute("dictionary").unwrap_or(self.dictionary),
            namespace: node.attribute("ns").unwrap_or(self.namespace),
            application_type: typed
                .and_then(|typed| typed.attribute("name"))
                .unwrap_or(self.application_type),
            template: self.template,
            depth: self.depth + 1,
        }
    }
}

/// The compiler's state.
#[derive(Debug)]
pub(super) struct Compiler<'a> {
    out: Templates,
    /// What surrounds every template.
    outer: Scope<'a>,
    sources: Vec<Node<'a, 'a>>,
    /// Slot of each key of each dictionary.
    slots: FxHashMap<String, u32>,
    /// Templates whose fields are being written, to see one that contains itself.
    open: Vec<String>,
}

/// Line of `node` in its file.
pub(super) fn line(node: Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

/// An error of syntax at `node`.
pub(super) fn syntax(node: Node<'_, '_>, reason: &'static str) -> TemplateError {
    TemplateError::Syntax {
        line: line(node),
        element: node.tag_name().name().to_owned(),
        reason,
    }
}

impl Templates {
    /// Compiles a template file.
    ///
    /// # Errors
    /// [`TemplateError`] with the line and the standard's name of the fault.
    pub fn from_xml(xml: &str) -> Result<Self, TemplateError> {
        let options = ParsingOptions {
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let document =
            Document::parse_with_options(xml, options).map_err(|error| TemplateError::Xml {
                reason: error.to_string(),
            })?;
        compile(document.root_element())
    }
}

fn compile<'a>(root: Node<'a, 'a>) -> Result<Templates, TemplateError> {
    let outer = Scope {
        dictionary: "global",
        namespace: "",
        template: "",
        application_type: "any",
        depth: 0,
    };
    let (outer, sources) = match root.tag_name().name() {
        "template" => (outer, vec![root]),
        "templates" => {
            let children = root.children().filter(Node::is_element);
            let sources = children.filter(|child| child.tag_name().name() == "template");
            (outer.inside(root), sources.collect())
        }
        _ => return Err(syntax(root, "is neither templates nor template")),
    };
    let mut compiler = Compiler {
        out: Templates::default(),
        outer,
        sources,
        slots: FxHashMap::default(),
        open: Vec::new(),
    };
    for at in 0..compiler.sources.len() {
        compiler.template(compiler.sources[at])?;
    }
    compiler.out.slots = compiler.slots.len() as u32;
    compiler.out.by_id.sort_unstable_by_key(|(id, _)| *id);
    Ok(compiler.out)
}

impl<'a> Compiler<'a> {
    fn template(&mut self, node: Node<'a, 'a>) -> Result<(), TemplateError> {
        let name = node
            .attribute("name")
            .ok_or_else(|| syntax(node, "has no name"))?;
        let id = match node.attribute("id") {
            Some(text) => {
                let id = text.trim().parse();
                Some(id.map_err(|_| syntax(node, "has an id that is no 32-bit number"))?)
            }
            None => None,
        };
        let number = TemplateId(self.out.list.len() as u32);
        let is_repeated = self
            .out
            .list
            .iter()
            .any(|known| known.name == name || (id.is_some() && known.id == id));
        if is_repeated {
            return Err(TemplateError::Repeated {
                line: line(node),
                name: name.to_owned(),
            });
        }
        let mut scope = self.outer.inside(node);
        scope.template = name;
        self.open.push(name.to_owned());
        let mut body = Vec::new();
        self.instructions(node, &scope, &mut body)?;
        self.open.pop();
        // The session control protocol puts the attribute into a namespace of its own; feeds do not.
        let reset = node
            .attributes()
            .find(|attribute| attribute.name() == "reset");
        let reset = reset.map_or("no", |attribute| attribute.value());
        let body = self.write(body);
        self.out.list.push(Template {
            name: name.to_owned(),
            id,
            is_reset: ["yes", "y", "true", "1"].contains(&reset.to_ascii_lowercase().as_str()),
            body,
        });
        if let Some(id) = id {
            self.out.by_id.push((id, number));
        }
        Ok(())
    }

    fn write(&mut self, body: Vec<Operation>) -> Range<u32> {
        let start = self.out.operations.len() as u32;
        self.out.operations.extend(body);
        start..self.out.operations.len() as u32
    }

    fn instructions(
        &mut self,
        node: Node<'a, 'a>,
        scope: &Scope<'a>,
        body: &mut Vec<Operation>,
    ) -> Result<(), TemplateError> {
        if scope.depth > MAX_DEPTH || self.out.operations.len() + body.len() > MAX_OPERATIONS {
            return Err(TemplateError::Recursive {
                line: line(node),
                name: scope.template.to_owned(),
            });
        }
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "typeRef" | "length" => {}
                "templateRef" => self.reference(child, scope, body)?,
                "group" => self.group(child, scope, body)?,
                "sequence" => self.sequence(child, scope, body)?,
                _ => {
                    let operation = field(self, child, scope)?;
                    body.push(operation);
                }
            }
        }
        Ok(())
    }

    fn reference(
        &mut self,
        node: Node<'a, 'a>,
        scope: &Scope<'a>,
        body: &mut Vec<Operation>,
    ) -> Result<(), TemplateError> {
        let Some(name) = node.attribute("name") else {
            let field = self.name(node, "templateRef");
            body.push(Operation {
                field,
                action: Action::Dynamic,
            });
            return Ok(());
        };
        let source = self
            .sources
            .iter()
            .find(|source| source.attribute("name") == Some(name));
        let source = *source.ok_or_else(|| TemplateError::Unknown {
            line: line(node),
            name: name.to_owned(),
        })?;
        if self.open.iter().any(|open| open == name) {
            return Err(TemplateError::Recursive {
                line: line(node),
                name: name.to_owned(),
            });
        }
        let number = self
            .sources
            .iter()
            .position(|known| *known == source)
            .unwrap_or_default();
        self.open.push(name.to_owned());
        let field = self.name(node, name);
        // What a referred template inherits, it inherits from where it is written.
        let mut inner = self.outer.inside(source);
        inner.template = name;
        inner.depth = scope.depth + 1;
        body.push(Operation {
            field,
            action: Action::Enter(number as u32),
        });
        self.instructions(source, &inner, body)?;
        body.push(Operation {
            field,
            action: Action::Leave,
        });
        self.open.pop();
        Ok(())
    }

    fn group(
        &mut self,
        node: Node<'a, 'a>,
        scope: &Scope<'a>,
        out: &mut Vec<Operation>,
    ) -> Result<(), TemplateError> {
        let name = node
            .attribute("name")
            .ok_or_else(|| syntax(node, "has no name"))?;
        let field = self.name(node, name);
        let mut body = Vec::new();
        self.instructions(node, &scope.inside(node), &mut body)?;
        out.push(Operation {
            field,
            action: Action::Group {
                is_optional: is_optional(node)?,
                has_map: body.iter().any(Operation::takes_bit),
                body: self.write(body),
            },
        });
        Ok(())
    }

    fn sequence(
        &mut self,
        node: Node<'a, 'a>,
        scope: &Scope<'a>,
        out: &mut Vec<Operation>,
    ) -> Result<(), TemplateError> {
        let name = node
            .attribute("name")
            .ok_or_else(|| syntax(node, "has no name"))?;
        let field = self.name(node, name);
        let inner = scope.inside(node);
        let length = sequence_length(self, node, name, &inner)?;
        let mut body = Vec::new();
        self.instructions(node, &inner, &mut body)?;
        out.push(Operation {
            field,
            action: Action::Sequence {
                length: Box::new(length),
                has_map: body.iter().any(Operation::takes_bit),
                body: self.write(body),
            },
        });
        Ok(())
    }

    /// Registers a field called `name`.
    pub(super) fn name(&mut self, node: Node<'_, '_>, name: &str) -> FieldId {
        self.out.fields.push(Field {
            name: name.to_owned(),
            id: node.attribute("id").map(str::to_owned),
        });
        FieldId(self.out.fields.len() as u32 - 1)
    }

    /// Slot of the previous value of a field called `name`, whose operator is `operator`. Keys are
    /// shared by all operators that name the same dictionary and the same key.
    pub(super) fn slot(
        &mut self,
        operator: Option<Node<'a, 'a>>,
        name: &str,
        scope: &Scope<'a>,
    ) -> u32 {
        let attribute = |attribute| operator.and_then(|node| node.attribute(attribute));
        let dictionary = attribute("dictionary").unwrap_or(scope.dictionary);
        let owner = match dictionary {
            "template" => scope.template,
            "type" => scope.application_type,
            _ => "",
        };
        let namespace = attribute("ns").unwrap_or(scope.namespace);
        let key = attribute("key").unwrap_or(name);
        let next = self.slots.len() as u32;
        let path = [dictionary, owner, namespace, key].join("\u{1f}");
        *self.slots.entry(path).or_insert(next)
    }
}

/// Whether `node` may be absent.
pub(super) fn is_optional(node: Node<'_, '_>) -> Result<bool, TemplateError> {
    match node.attribute("presence") {
        None | Some("mandatory") => Ok(false),
        Some("optional") => Ok(true),
        Some(_) => Err(syntax(
            node,
            "has a presence other than mandatory and optional",
        )),
    }
}

impl Integer {
    /// Whether it reads a bit of the presence map (FAST 1.1, clause 10.5).
    pub(super) fn takes_bit(&self) -> bool {
        takes_bit(self.operator, self.is_optional)
    }
}

fn takes_bit(operator: Operator, is_optional: bool) -> bool {
    match operator {
        Operator::None | Operator::Delta => false,
        Operator::Constant => is_optional,
        Operator::Default | Operator::Copy | Operator::Increment | Operator::Tail => true,
    }
}

impl Operation {
    fn takes_bit(&self) -> bool {
        match &self.action {
            Action::Integer(integer) => integer.takes_bit(),
            Action::Decimal(decimal) => takes_bit(decimal.operator, decimal.is_optional),
            Action::Parts(parts) => parts.0.takes_bit() || parts.1.takes_bit(),
            Action::Text(text) => takes_bit(text.operator, text.is_optional),
            Action::Group { is_optional, .. } => *is_optional,
            Action::Sequence { length, .. } => length.takes_bit(),
            Action::Enter(_) | Action::Leave | Action::Dynamic => false,
        }
    }
}
