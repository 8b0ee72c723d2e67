//! Which elements are rows, and where their fields stand.

/// Why a path cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A path without a step, or with an empty one.
    #[error("path {path:?} has an empty step; write names between single slashes: \"Header/Item\"")]
    Empty {
        /// As given.
        path: String,
    },
    /// A step up behind a step down, or an attribute before the end.
    #[error("path {path:?}: {step:?} stands where it cannot; write \"../../name/@attribute\"")]
    Step {
        /// As given.
        path: String,
        /// The step.
        step: String,
    },
    /// More rows or fields than can be asked for.
    #[error("{found} paths; at most {max} can be asked for")]
    Many {
        /// As given.
        found: usize,
        /// Allowed.
        max: usize,
    },
}

/// Elements that are rows: `TimeSeries/Period` is every `Period` right inside a `TimeSeries`, and `/Report/Row`
/// only that of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPath {
    is_from_root: bool,
    steps: Vec<String>,
}

/// A field, seen from the row: `position`, `Price/amount`, `@id`, `Price/@unit`, `.` for the row's own text,
/// `../mRID` for a field of the element around the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// How far up from the row its steps begin.
    pub(super) ups: usize,
    pub(super) steps: Vec<String>,
    pub(super) attribute: Option<String>,
}

impl RowPath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError::Empty`] for an empty step.
    pub fn new(path: &str) -> Result<Self, PathError> {
        let (is_from_root, rest) = match path.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, path),
        };
        let steps: Vec<String> = rest.split('/').map(str::to_owned).collect();
        if steps.iter().any(String::is_empty) {
            let path = path.to_owned();
            return Err(PathError::Empty { path });
        }
        Ok(Self {
            is_from_root,
            steps,
        })
    }

    /// Whether the last of `names`, from the root on, is a row.
    pub(super) fn matches<'a>(&self, names: impl ExactSizeIterator<Item = &'a str>) -> bool {
        let length = names.len();
        if length < self.steps.len() || (self.is_from_root && length != self.steps.len()) {
            return false;
        }
        names
            .skip(length - self.steps.len())
            .zip(&self.steps)
            .all(|(name, step)| step == "*" || name == step)
    }
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError`] for an empty or misplaced step.
    pub fn new(path: &str) -> Result<Self, PathError> {
        let misplaced = |step: &str| PathError::Step {
            path: path.to_owned(),
            step: step.to_owned(),
        };
        let mut found = Self {
            ups: 0,
            steps: Vec::new(),
            attribute: None,
        };
        for step in path.split('/') {
            if found.attribute.is_some() {
                return Err(misplaced(step));
            }
            match step {
                "" | "@" => {
                    let path = path.to_owned();
                    return Err(PathError::Empty { path });
                }
                "." if path == "." => {}
                ".." if found.steps.is_empty() => found.ups += 1,
                "." | ".." => return Err(misplaced(step)),
                _ => match step.strip_prefix('@') {
                    Some(attribute) => found.attribute = Some(attribute.to_owned()),
                    None => found.steps.push(step.to_owned()),
                },
            }
        }
        Ok(found)
    }
}
