//! Currencies of the desk and their rates.

use wattbook_domain::reference::SetFxRate;
use wattbook_domain::{Currency, FxRate, Money, Refusal, state};

use crate::bounds::FX_RATE_MAX;
use crate::error::PortfolioError;

/// A currency's place in the desk's list; the desk's own is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CurrencyIndex(pub(crate) u16);

impl CurrencyIndex {
    pub(crate) const fn at(index: usize) -> Self {
        Self(index as u16)
    }

    /// Its place as a number.
    #[inline]
    pub(crate) const fn position(self) -> usize {
        self.0 as usize
    }
}

/// Currencies in the order in which they came up, with their rate to the desk's.
#[derive(Debug, Clone)]
pub struct Currencies {
    codes: Vec<Currency>,
    to_desk: Vec<Option<FxRate>>,
}

state!(Currencies { codes, to_desk });

impl Currencies {
    pub(crate) fn new(desk: Currency) -> Self {
        Self {
            codes: vec![desk],
            to_desk: vec![Some(FxRate::ONE)],
        }
    }

    pub(crate) fn index(&mut self, currency: Currency) -> CurrencyIndex {
        let known = self.codes.iter().position(|code| *code == currency);
        let index = known.unwrap_or_else(|| {
            self.codes.push(currency);
            self.to_desk.push(None);
            self.codes.len() - 1
        });
        // There are 17,576 codes of three letters, so 16 bits hold every index.
        CurrencyIndex(index as u16)
    }

    /// Takes over what one of a currency is worth in the desk's.
    ///
    /// A rate from the desk's currency is not turned round, nor are two rates multiplied: neither is
    /// a whole number of 1e-9, and which of several rates counts would depend on their order.
    ///
    /// # Errors
    /// [`Refusal::FxRateDirection`] when it does not end in the desk's currency,
    /// [`Refusal::Reference`] when it is not above zero, beyond [`FX_RATE_MAX`], or of a currency in
    /// itself.
    pub(crate) fn set(&mut self, change: &SetFxRate) -> Result<(), Refusal> {
        let refused = |fix| Refusal::Reference {
            number: 0,
            field: "rate_billionths",
            fix,
        };
        let rate = FxRate::from_billionths(change.rate_billionths)
            .filter(|rate| rate.billionths() <= FX_RATE_MAX)
            .ok_or_else(|| refused("give a rate above zero and up to 100,000"))?;
        if change.from == change.to {
            return Err(refused("a currency is worth itself; give two currencies"));
        }
        let desk = self.desk();
        if change.to != desk {
            let (from, to) = (change.from, change.to);
            return Err(Refusal::FxRateDirection { from, to, desk });
        }
        let index = self.index(change.from);
        self.to_desk[index.position()] = Some(rate);
        Ok(())
    }

    /// The desk's currency.
    #[must_use]
    pub fn desk(&self) -> Currency {
        self.codes[0]
    }

    /// The code of `index`.
    #[must_use]
    pub fn code(&self, index: CurrencyIndex) -> Currency {
        self.codes[usize::from(index.0)]
    }

    /// The rate from `index` to the desk's currency.
    #[must_use]
    #[inline]
    pub fn rate(&self, index: CurrencyIndex) -> Option<FxRate> {
        self.to_desk[usize::from(index.0)]
    }

    pub(crate) fn count(&self) -> usize {
        self.codes.len()
    }

    /// `amount` of currency `index` in the desk's currency, rounded half to even.
    ///
    /// # Errors
    /// [`PortfolioError::NoFxRate`] when no rate was recorded.
    #[inline]
    pub fn to_desk(&self, amount: Money, index: CurrencyIndex) -> Result<Money, PortfolioError> {
        if index.0 == 0 || amount == Money::ZERO {
            return Ok(amount);
        }
        let rate = self.rate(index).ok_or(PortfolioError::NoFxRate {
            from: self.code(index),
            to: self.desk(),
        })?;
        Ok(amount.convert(rate))
    }
}

impl wattbook_domain::state::State for CurrencyIndex {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        u16::load(input).map(Self)
    }
}
