//! Values for tests, drawn from a list of numbers; a list of zeros gives the plainest value.

use crate::currency::Currency;
use crate::id::{ClientId, OrderId};
use crate::money::Money;
use crate::price::Price;
use crate::time::Timestamp;
use crate::volume::Volume;

/// Numbers that decide a value; after the last come zeros.
#[derive(Debug)]
pub struct Draws(std::vec::IntoIter<u64>);

impl Draws {
    /// Draws `numbers` in order.
    #[must_use]
    pub fn new(numbers: Vec<u64>) -> Self {
        Self(numbers.into_iter())
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0.next().unwrap_or(0)
    }

    /// A number of any size: mostly small or of the size of a price, at times an extreme.
    fn number(&mut self) -> u64 {
        let number = self.draw();
        match number & 7 {
            0 | 1 => number >> 3 & 0xFF,
            2..=5 => number >> 27,
            6 => number,
            _ => u64::MAX - (number >> 3 & 1),
        }
    }

    /// Of either sign.
    fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }
}

/// A type whose values can be drawn.
pub trait Sample {
    /// A value decided by `draws`.
    fn sample(draws: &mut Draws) -> Self;
}

macro_rules! sample {
    ($($type:ty: |$draws:ident| $value:expr;)*) => {
        $(impl Sample for $type {
            fn sample($draws: &mut Draws) -> Self {
                $value
            }
        })*
    };
}

sample! {
    bool: |draws| draws.draw() & 1 == 1;
    u16: |draws| draws.number() as u16;
    u32: |draws| draws.number() as u32;
    u64: |draws| draws.number();
    i64: |draws| draws.signed();
    Price: |draws| Price::from_millionths(draws.signed());
    Volume: |draws| Volume::from_millionths(draws.signed());
    Timestamp: |draws| Timestamp::from_nanos(draws.signed());
    OrderId: |draws| OrderId::new(ClientId(u16::sample(draws)), draws.number());
    Money: |draws| {
        Money::from_units(i128::from(draws.signed()) * i128::from(draws.signed()))
    };
    Currency: |draws| {
        [Currency::EUR, Currency::GBP, Currency::USD, Currency::AUD][draws.draw() as usize & 3]
    };
    String: |draws| {
        // What a text form could stumble over, beside plain letters.
        const LETTERS: [char; 16] = [
            'D', 'E', '-', 'L', 'U', '"', '\\', '\n', ' ', '{', '}', ']', '=', 'é', '€', '𝄞',
        ];
        let length = draws.draw() % 9;
        (0..length).map(|_| LETTERS[draws.draw() as usize % LETTERS.len()]).collect()
    };
    &'static str: |draws| ["price", "set it below max_price", ""][draws.draw() as usize % 3];
}

impl<T: Sample> Sample for Option<T> {
    fn sample(draws: &mut Draws) -> Self {
        (draws.draw() & 1 == 1).then(|| T::sample(draws))
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(draws: &mut Draws) -> Self {
        Self::new(T::sample(draws))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(draws: &mut Draws) -> Self {
        let length = draws.draw() % 5;
        (0..length).map(|_| T::sample(draws)).collect()
    }
}
