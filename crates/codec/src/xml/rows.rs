//! Chosen elements of a document as rows of text.

use super::{Element, FieldPath, Limits, PathError, RowPath, XmlError, XmlEvent, XmlReader};

const PATHS_MAX: usize = 256;

/// Rows of a document, and why it is refused if it is; the rows before that are whole.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// First byte of each row's element.
    pub offsets: Vec<usize>,
    /// Which of the row paths each row follows.
    pub paths: Vec<u32>,
    /// For each field and row, one more than the place of its text; 0 for none.
    pub fields: Vec<Vec<u32>>,
    /// The texts, each once however many rows it stands in.
    pub texts: Vec<String>,
    /// Why the rest is refused.
    pub fault: Option<XmlError>,
}

impl Rows {
    /// The value of `field` in `row`, both by place.
    #[must_use]
    pub fn get(&self, field: usize, row: usize) -> Option<&str> {
        let place = *self.fields.get(field)?.get(row)?;
        let text = self.texts.get((place as usize).checked_sub(1)?)?;
        Some(text)
    }
}

/// Reads the elements at `row_paths` as rows of the text at `field_paths`.
///
/// A row inside a row is none of its own. Text is that of the element and of all in it, without the space at
/// its ends; a field that stands in a row more than once has its texts joined by line feeds. A field of an
/// element around the row counts for each row in that element, those before it included.
///
/// # Errors
/// [`PathError`] for more than 256 paths. What is wrong with the document is [`Rows::fault`].
pub fn rows(
    bytes: &[u8],
    row_paths: &[RowPath],
    field_paths: &[FieldPath],
    limits: Limits,
) -> Result<Rows, PathError> {
    let found = row_paths.len().max(field_paths.len());
    if found > PATHS_MAX {
        return Err(PathError::Many {
            found,
            max: PATHS_MAX,
        });
    }
    let mut walk = Walk::new(row_paths, field_paths, limits);
    if let Err(fault) = walk.read(bytes) {
        walk.abandon_row();
        walk.rows.fault = Some(fault);
    }
    Ok(walk.rows)
}

/// An element under way.
struct Frame<'a> {
    name: &'a str,
    /// How many rows there were when it began.
    rows_before: usize,
    /// Values of fields of the elements around rows, for rows to come.
    values: Vec<(usize, u32)>,
    /// Fields whose text it is, each with the frame that its path begins in.
    wanted: Vec<(usize, usize)>,
    text: String,
}

struct Walk<'p, 'a> {
    row_paths: &'p [RowPath],
    field_paths: &'p [FieldPath],
    limits: Limits,
    open: Vec<Frame<'a>>,
    /// Frames whose text is wanted.
    listening: Vec<usize>,
    /// The frame of the row under way.
    row_frame: Option<usize>,
    /// Depth of each row.
    depths: Vec<u32>,
    rows: Rows,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(row_paths: &'p [RowPath], field_paths: &'p [FieldPath], limits: Limits) -> Self {
        let rows = Rows {
            fields: vec![Vec::new(); field_paths.len()],
            ..Rows::default()
        };
        Self {
            row_paths,
            field_paths,
            limits,
            open: Vec::new(),
            listening: Vec::new(),
            row_frame: None,
            depths: Vec::new(),
            rows,
        }
    }

    fn read(&mut self, bytes: &'a [u8]) -> Result<(), XmlError> {
        let mut reader = XmlReader::new(bytes, self.limits)?;
        loop {
            match reader.read()? {
                XmlEvent::Start(element) => self.start(&element)?,
                XmlEvent::End => self.end(),
                XmlEvent::Text(text) => self.text(&text, reader.offset())?,
                XmlEvent::Eof => return Ok(()),
            }
        }
    }

    fn start(&mut self, element: &Element<'a>) -> Result<(), XmlError> {
        self.open.push(Frame {
            name: element.name,
            rows_before: self.rows.offsets.len(),
            values: Vec::new(),
            wanted: Vec::new(),
            text: String::new(),
        });
        if self.row_frame.is_none() {
            let names = self.open.iter().map(|frame| frame.name);
            let path = self
                .row_paths
                .iter()
                .position(|path| path.matches(names.clone()));
            if let Some(path) = path {
                self.begin_row(element.offset, path)?;
            }
        }
        self.listen(element);
        Ok(())
    }

    fn begin_row(&mut self, offset: usize, path: usize) -> Result<(), XmlError> {
        let rows = self.rows.offsets.len() + 1;
        if rows.saturating_mul(self.field_paths.len().max(1)) > self.limits.values_max {
            let max = self.limits.values_max;
            return Err(XmlError::Values { offset, max });
        }
        let depth = self.open.len() - 1;
        self.row_frame = Some(depth);
        self.rows.offsets.push(offset);
        self.rows.paths.push(path as u32);
        self.depths.push(depth as u32);
        for (field, path) in self.field_paths.iter().enumerate() {
            let around = (path.ups > 0)
                .then(|| depth.checked_sub(path.ups))
                .flatten()
                .and_then(|frame| self.open.get(frame));
            let known = around.and_then(|frame| {
                let mut values = frame.values.iter();
                values.find_map(|(known, text)| (*known == field).then_some(*text))
            });
            self.rows.fields[field].push(known.unwrap_or(0));
        }
        Ok(())
    }

    /// Takes the attributes of `element` that are fields, and notes the fields whose text it is.
    fn listen(&mut self, element: &Element<'a>) {
        let depth = self.open.len() - 1;
        for (field, path) in self.field_paths.iter().enumerate() {
            let Some(base) = depth.checked_sub(path.steps.len()) else {
                continue;
            };
            let is_here = (path.ups > 0 || self.row_frame == Some(base))
                && self.open[base + 1..]
                    .iter()
                    .zip(&path.steps)
                    .all(|(frame, step)| step == "*" || frame.name == step);
            if !is_here {
                continue;
            }
            match &path.attribute {
                None => self.open[depth].wanted.push((field, base)),
                Some(name) => {
                    if let Some(value) = element.attribute(name) {
                        self.set(field, base, value.trim());
                    }
                }
            }
        }
        if !self.open[depth].wanted.is_empty() {
            self.listening.push(depth);
        }
    }

    fn text(&mut self, text: &str, offset: usize) -> Result<(), XmlError> {
        for frame in &self.listening {
            let known = &mut self.open[*frame].text;
            if known.len() + text.len() > self.limits.text_bytes_max {
                let max = self.limits.text_bytes_max;
                return Err(XmlError::Text { offset, max });
            }
            known.push_str(text);
        }
        Ok(())
    }

    fn end(&mut self) {
        let depth = self.open.len().saturating_sub(1);
        if self.listening.last() == Some(&depth) {
            self.listening.pop();
        }
        let Some(frame) = self.open.pop() else { return };
        let text = frame.text.trim();
        for (field, base) in frame.wanted {
            self.set(field, base, text);
        }
        if self.row_frame == Some(depth) {
            self.row_frame = None;
        }
    }

    /// Sets `field`, whose path begins in the frame `base`, to `text`.
    fn set(&mut self, field: usize, base: usize, text: &str) {
        let ups = self.field_paths[field].ups;
        if ups == 0 {
            // The row's own text comes when its frame has gone.
            if let Some(known) = self.rows.fields[field].last().copied() {
                let place = self.joined(known, text);
                if let Some(value) = self.rows.fields[field].last_mut() {
                    *value = place;
                }
            }
            return;
        }
        let Some(frame) = self.open.get(base) else {
            return;
        };
        let (first, at) = (
            frame.rows_before,
            frame.values.iter().position(|(known, _)| *known == field),
        );
        let known = at.map_or(0, |at| frame.values[at].1);
        let place = self.joined(known, text);
        match at {
            // The rows hold the place already.
            Some(at) => {
                self.open[base].values[at].1 = place;
                return;
            }
            None => self.open[base].values.push((field, place)),
        }
        let depth = (base + ups) as u32;
        for row in first..self.depths.len() {
            if self.depths[row] == depth {
                self.rows.fields[field][row] = place;
            }
        }
    }

    /// Keeps `text`, behind the text at `known` if there is one, and returns one more than its place.
    fn joined(&mut self, known: u32, text: &str) -> u32 {
        let before = (known as usize)
            .checked_sub(1)
            .and_then(|place| self.rows.texts.get_mut(place));
        if let Some(before) = before {
            before.push('\n');
            before.push_str(text);
            return known;
        }
        self.rows.texts.push(text.to_owned());
        self.rows.texts.len() as u32
    }

    /// Drops the row that the document broke off in.
    fn abandon_row(&mut self) {
        if self.row_frame.take().is_some() {
            self.rows.offsets.pop();
            self.rows.paths.pop();
            for values in &mut self.rows.fields {
                values.pop();
            }
        }
    }
}
