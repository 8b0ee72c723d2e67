//! Check characters of codes, and what was probably meant by a code that is unknown.

use wattbook_domain::location::is_eic;

/// What is wrong with the form of a code, if anything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeFault {
    /// Looks like an Energy Identification Code, but its check character is another.
    EicCheck {
        /// The one that it should be.
        expected: char,
    },
    /// Looks like an ISIN, but its check digit is another.
    IsinCheck {
        /// The one that it should be.
        expected: char,
    },
}

const EIC_CHARACTERS: &[u8; 37] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";

/// The check character of the first 15 characters of an Energy Identification Code; none where
/// they are no 15 capitals, digits and hyphens, or where the rule gives a hyphen, which no code
/// may end in.
///
/// Source: ENTSO-E, Energy Identification Coding Scheme reference manual.
#[must_use]
pub fn eic_check(code: &str) -> Option<char> {
    if code.len() != 15 {
        return None;
    }
    let value = |byte: u8| EIC_CHARACTERS.iter().position(|it| *it == byte);
    let mut sum = 0;
    for (byte, weight) in code.bytes().zip((2..=16).rev()) {
        sum += value(byte)? * weight;
    }
    let check = 36 - (sum + 36) % 37;
    (check < 36).then(|| char::from(EIC_CHARACTERS[check]))
}

/// The check digit of the first 11 characters of an ISIN; none where they are no country and nine
/// capitals or digits.
///
/// Source: ISO 6166: letters become 10 to 35, every second digit from the right is doubled, and
/// the digits add up to a multiple of ten.
#[must_use]
pub fn isin_check(code: &str) -> Option<char> {
    let bytes = code.as_bytes();
    let is_code = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if bytes.len() != 11
        || !bytes.iter().all(is_code)
        || !bytes[..2].iter().all(u8::is_ascii_uppercase)
    {
        return None;
    }
    // The check digit will stand right of them all, so the last digit here is doubled.
    let mut doubled = true;
    let mut sum = 0;
    let mut add = |digit: u32| {
        let value = if doubled { digit * 2 } else { digit };
        sum += value / 10 + value % 10;
        doubled = !doubled;
    };
    for byte in bytes.iter().rev() {
        let value = char::from(*byte).to_digit(36)?;
        add(value % 10);
        if value >= 10 {
            add(value / 10);
        }
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Whether `text` is an ISIN with its right check digit.
#[must_use]
pub fn is_isin(text: &str) -> bool {
    text.len() == 12 && text.is_ascii() && isin_check(&text[..11]) == text.chars().last()
}

/// The object type of an Energy Identification Code with its right check character: `Y` an area,
/// `W` a resource, `Z` a measuring point, `T` a tie line, `V` a location, `A` a substation, `X` a
/// party.
#[must_use]
pub fn eic_type(text: &str) -> Option<char> {
    is_eic(text).then(|| char::from(text.as_bytes()[2]))
}

/// What is wrong with the form of `text` where it looks like a code with a check character.
#[must_use]
pub fn code_fault(text: &str) -> Option<CodeFault> {
    if !text.is_ascii() {
        return None;
    }
    let given = text.chars().last()?;
    if text.len() == 16
        && "ATVWXYZ".contains(char::from(text.as_bytes()[2]))
        && text.as_bytes()[..2].iter().all(u8::is_ascii_digit)
    {
        let expected = eic_check(&text[..15]).filter(|expected| *expected != given)?;
        return Some(CodeFault::EicCheck { expected });
    }
    if text.len() == 12 && given.is_ascii_digit() {
        let expected = isin_check(&text[..11]).filter(|expected| *expected != given)?;
        return Some(CodeFault::IsinCheck { expected });
    }
    None
}

/// The known code that is least letters away from `text`, if it is at most a third of its length.
#[must_use]
pub fn nearest<'n>(text: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let letters: Vec<char> = text.chars().take(64).collect();
    let mut best = letters.len() / 3 + 1;
    let mut found = None;
    let mut row = Vec::new();
    for candidate in known {
        // Lengths that differ by more than the best so far cannot be nearer.
        if candidate.len().abs_diff(text.len()) < best {
            let distance = edits(&letters, candidate, &mut row);
            if distance < best {
                best = distance;
                found = Some(candidate);
            }
        }
    }
    found
}

/// Letters to put in, take out or replace to make `candidate` of `letters`; case counts for nothing.
fn edits(letters: &[char], candidate: &str, row: &mut Vec<usize>) -> usize {
    row.clear();
    row.extend(0..=letters.len());
    for (line, other) in candidate.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, letter) in letters.iter().enumerate() {
            let same = letter.eq_ignore_ascii_case(&other);
            let replaced = diagonal + usize::from(!same);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[letters.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_with_its_check_character_is_sound(head in "[0-9]{2}[YWZ][0-9A-Z-]{12}") {
            if let Some(check) = eic_check(&head) {
                let code = format!("{head}{check}");
                prop_assert!(is_eic(&code));
            }
        }

        #[test]
        fn one_wrong_digit_of_an_isin_is_found(head in "[A-Z]{2}[0-9]{9}", at in 2_usize..11, by in 1_u8..10) {
            let check = isin_check(&head).unwrap();
            let mut bytes = head.clone().into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            let wrong = String::from_utf8(bytes).unwrap();
            let code = format!("{head}{check}");
            let broken = format!("{wrong}{check}");
            prop_assert!(is_isin(&code));
            prop_assert!(!is_isin(&broken));
        }
    }

    #[test]
    fn published_isins_hold() {
        // Apple and BAE Systems.
        for code in ["US0378331005", "GB0002634946"] {
            assert!(is_isin(code), "{code}");
        }
        let expected = '5';
        assert_eq!(
            code_fault("US0378331006"),
            Some(CodeFault::IsinCheck { expected })
        );
    }

    #[test]
    fn a_wrong_check_character_is_told_with_the_right_one() {
        let expected = 'H';
        assert_eq!(
            code_fault("10Y1001A1001A82J"),
            Some(CodeFault::EicCheck { expected })
        );
        assert_eq!(code_fault("10Y1001A1001A82H"), None);
        assert_eq!(eic_type("10Y1001A1001A82H"), Some('Y'));
    }

    #[test]
    fn the_nearest_code_is_named() {
        let known = ["10YFR-RTE------C", "10YES-REE------0", "DE-LU"];
        let near = |text| nearest(text, known.into_iter());
        assert_eq!(near("10YFR-RTE------D"), Some("10YFR-RTE------C"));
        assert_eq!(near("de_lu"), Some("DE-LU"));
        assert_eq!(near("QQQQQQQQQQQQ"), None);
    }
}
