//! All elements of a document in order, for documents that are short and checked as a whole.

use super::{Limits, XmlError, XmlEvent, XmlReader};

/// An element with its own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementNode {
    /// How many elements are around it: 0 for the root.
    pub depth: usize,
    /// First byte of its tag in the document.
    pub offset: usize,
    /// Name without prefix.
    pub name: String,
    /// Attributes by name without prefix, in order; declarations of name spaces included.
    pub attributes: Vec<(String, String)>,
    /// Its own text, without that of elements in it and without the space at its ends.
    pub text: String,
}

/// Reads every element of `bytes`, each before those in it.
///
/// # Errors
/// [`XmlError`] where the document is refused; more elements and attributes than `limits.values_max` are.
pub fn elements(bytes: &[u8], limits: Limits) -> Result<Vec<ElementNode>, XmlError> {
    let mut reader = XmlReader::new(bytes, limits)?;
    let mut found: Vec<ElementNode> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut values = 0;
    loop {
        match reader.read()? {
            XmlEvent::Start(element) => {
                let attributes: Vec<(String, String)> = element
                    .attributes()
                    .map(|(name, value)| (name.to_owned(), value.into_owned()))
                    .collect();
                values += 1 + attributes.len();
                if values > limits.values_max {
                    let (offset, max) = (element.offset, limits.values_max);
                    return Err(XmlError::Values { offset, max });
                }
                found.push(ElementNode {
                    depth: open.len(),
                    offset: element.offset,
                    name: element.name.to_owned(),
                    attributes,
                    text: String::new(),
                });
                open.push(found.len() - 1);
            }
            XmlEvent::Text(text) => {
                if let Some(place) = open.last() {
                    found[*place].text.push_str(&text);
                }
            }
            XmlEvent::End => {
                if let Some(place) = open.pop() {
                    let text = &mut found[place].text;
                    *text = text.trim_ascii().to_owned();
                }
            }
            XmlEvent::Eof => return Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_in_order_with_their_own_text() -> Result<(), XmlError> {
        let text = b"<a x='1'> b <c>d</c>e<f/></a>";
        let found = elements(text, Limits::default())?;
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.depth, one.offset, one.name.as_str(), one.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [(0, 0, "a", "b e"), (1, 12, "c", "d"), (1, 21, "f", "")]
        );
        assert_eq!(found[0].attributes, [("x".to_owned(), "1".to_owned())]);
        Ok(())
    }

    #[test]
    fn a_document_type_and_too_many_elements_are_refused() {
        let bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
        let refused = elements(bomb, Limits::default());
        assert_eq!(refused, Err(XmlError::DocumentType { offset: 0 }));
        let limits = Limits {
            values_max: 2,
            ..Limits::default()
        };
        let refused = elements(b"<a><b/><c/></a>", limits);
        assert_eq!(refused, Err(XmlError::Values { offset: 7, max: 2 }));
    }
}
