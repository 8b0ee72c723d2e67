//! Who we are to a venue.

/// User and password; kept out of settings and never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The user.
    pub user: String,
    /// The password, or the secret of an API key.
    pub password: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets of {:?}", self.user)
    }
}
