//! A time series under way: what it says of itself, and what that means.

use super::document::{Header, Key, Outage, Reason};
use super::names;
use super::period::Period;
use super::resolution::instant;

/// A text of a document, by the name of its element and of the one around.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) parent: &'a str,
    pub(super) name: &'a str,
    pub(super) text: String,
}

/// The first text called `name`, right inside an element called `parent` unless that is empty.
pub(super) fn text<'f>(fields: &'f [Leaf<'_>], parent: &str, name: &str) -> Option<&'f str> {
    let mut fields = fields.iter();
    let found =
        fields.find(|field| field.name == name && (parent.is_empty() || field.parent == parent))?;
    (!found.text.is_empty()).then_some(&*found.text)
}

/// All such texts, with commas between.
fn texts(fields: &[Leaf<'_>], parent: &str, name: &str) -> Option<String> {
    let found = fields
        .iter()
        .filter(|field| field.name == name && field.parent == parent);
    let found: Vec<&str> = found.map(|field| &*field.text).collect();
    (!found.is_empty()).then(|| found.join(","))
}

/// The reasons among `fields`, each with its code and text.
pub(super) fn reasons(fields: &[Leaf<'_>], series: Option<&str>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for field in fields.iter().filter(|field| field.parent == "Reason") {
        let text = (!field.text.is_empty()).then(|| field.text.clone());
        match field.name {
            "code" => reasons.push(Reason {
                series: series.map(str::to_owned),
                code: text,
                text: None,
            }),
            "text" => match reasons.last_mut() {
                Some(reason) if reason.text.is_none() => reason.text = text,
                _ => reasons.push(Reason {
                    series: series.map(str::to_owned),
                    code: None,
                    text,
                }),
            },
            _ => {}
        }
    }
    reasons
}

/// Ends of the names of what is money already.
const MONEY: [&str; 4] = ["_price", "_cost", "_revenue", "_income"];

#[derive(Debug)]
pub(super) struct Series<'a> {
    /// From 1.
    pub(super) number: usize,
    pub(super) offset: usize,
    pub(super) fields: Vec<Leaf<'a>>,
    pub(super) periods: Vec<Period<'a>>,
}

/// What one value of a point says beside the series.
#[derive(Debug, Default)]
pub(super) struct Detail {
    pub(super) location: Option<String>,
    pub(super) counterpart: Option<String>,
    pub(super) category: Option<String>,
    pub(super) unit: Option<String>,
}

impl Series<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        text(&self.fields, "", name)
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.get(name))
            .map(str::to_owned)
    }

    pub(super) fn mrid(&self) -> Option<&str> {
        text(&self.fields, "TimeSeries", "mRID")
    }

    fn psr_type(&self) -> Option<&str> {
        ["psrType", "mktPSRType.psrType", "pSRType.psrType"]
            .iter()
            .find_map(|name| self.get(name))
    }

    /// Where it is, and the other end of a border: energy flows from the out domain to the in domain.
    fn places(&self, header: &Header) -> (Option<String>, Option<String>) {
        let unit = text(&self.fields, "PowerSystemResources", "mRID")
            .map(str::to_owned)
            .or_else(|| self.first(&["registeredResource.mRID"]));
        if unit.is_some() {
            return (unit, None);
        }
        let pairs = [
            ("out_Domain.mRID", "in_Domain.mRID"),
            ("connecting_Domain.mRID", "acquiring_Domain.mRID"),
        ];
        for (from, to) in pairs {
            let (from, to) = (self.get(from), self.get(to));
            if from.is_some() || to.is_some() {
                let (one, other) = (from.or(to), from.and(to));
                return (
                    one.map(str::to_owned),
                    other.filter(|other| Some(*other) != one).map(str::to_owned),
                );
            }
        }
        let zone = self.first(&[
            "inBiddingZone_Domain.mRID",
            "outBiddingZone_Domain.mRID",
            "biddingZone_Domain.mRID",
            "area_Domain.mRID",
            "controlArea_Domain.mRID",
        ]);
        (zone.or_else(|| header.area.clone()), None)
    }

    fn item(&self, header: &Header, detail: Option<&Detail>) -> Option<String> {
        let process = header.process.as_deref().filter(|code| *code != "A16");
        let kind = header.document_type.as_deref().unwrap_or("");
        let is_balancing = matches!(kind, "A81" | "A82" | "A83" | "A84" | "A86" | "A88" | "A89");
        let business = self.get("businessType").filter(|_| is_balancing);
        let contract = self
            .get("contract_MarketAgreement.type")
            .or_else(|| self.get("type_MarketAgreement.type"));
        let parts = [
            self.psr_type().map(names::production),
            process.map(names::process),
            business.map(names::business),
            self.get("flowDirection.direction").map(names::direction),
            contract.map(names::contract),
            self.get("auction.mRID").map(str::to_owned),
            self.get("classificationSequence_AttributeInstanceComponent.position")
                .map(|number| format!("auction_{number}")),
            self.get("standard_MarketProduct.marketProductType")
                .or_else(|| self.get("original_MarketProduct.marketProductType"))
                .map(str::to_owned),
            texts(&self.fields, "Asset_RegisteredResource", "mRID"),
            detail.and_then(|detail| detail.category.clone()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    /// What a value called `measure` is.
    pub(super) fn key(&self, header: &Header, measure: &str, detail: Option<&Detail>) -> Key {
        let get = |name| self.get(name).unwrap_or("");
        let mut base = names::dataset(
            header.document_type.as_deref().unwrap_or("unknown"),
            header.process.as_deref().unwrap_or(""),
            get("businessType"),
            get("contract_MarketAgreement.type"),
        );
        // Generation with an out domain is what plants take from the grid.
        if base == "generation" && self.get("outBiddingZone_Domain.mRID").is_some() {
            "generation_consumption".clone_into(&mut base);
        }
        let is_price = measure.ends_with("rice.amount");
        let dataset = match measure {
            "flowBasedStudy_Domain.flowBasedMargin_Quantity.quantity" => {
                "flow_based_margin".to_owned()
            }
            "pTDF_Quantity.quantity" => "ptdf".to_owned(),
            "quantity" if base == "imbalance" => "imbalance_volume".to_owned(),
            "quantity" | "amount" => base,
            _ if is_price && MONEY.iter().any(|word| base.ends_with(word)) => base,
            _ if is_price => format!("{base}_price"),
            _ => {
                let part = measure.split(['_', '.']).next().unwrap_or(measure);
                format!("{base}_{}", part.to_lowercase())
            }
        };
        let own = detail.and_then(|detail| detail.unit.as_deref());
        let quantity = self
            .get("quantity_Measure_Unit.name")
            .or_else(|| self.get("quantity_Measurement_Unit.name"));
        let unit = if is_price || measure == "amount" {
            let per = self
                .get("price_Measure_Unit.name")
                .or_else(|| self.get("price_Measurement_Unit.name"));
            match (self.get("currency_Unit.name"), per.map(names::unit)) {
                (Some(currency), Some(per)) if is_price => Some(format!("{currency}/{per}")),
                (Some(currency), _) => Some(currency.to_owned()),
                (None, Some(per)) => Some(format!("?/{per}")),
                (None, None) => None,
            }
        } else {
            own.or(quantity).map(names::unit)
        };
        let (location, counterpart) = self.places(header);
        Key {
            dataset,
            location: detail
                .and_then(|detail| detail.location.clone())
                .or(location),
            counterpart: detail
                .and_then(|detail| detail.counterpart.clone())
                .or(counterpart),
            item: self.item(header, detail),
            unit,
        }
    }

    /// An outage without its span.
    pub(super) fn outage(&self) -> Outage {
        let at = |date, time| {
            let (date, time) = (self.get(date)?, self.get(time)?);
            instant(&format!("{date}T{time}")).ok()
        };
        let asset = |name| texts(&self.fields, "Asset_RegisteredResource", name);
        let nominal = "production_RegisteredResource.pSRType.powerSystemResources.nominalP";
        let location = self.get("biddingZone_Domain.mRID");
        Outage {
            series: self.mrid().map(str::to_owned),
            business_type: self.first(&["businessType"]),
            location: location
                .or_else(|| self.get("out_Domain.mRID"))
                .map(str::to_owned),
            counterpart: location.map_or_else(|| self.first(&["in_Domain.mRID"]), |_| None),
            resource: self
                .first(&["production_RegisteredResource.mRID"])
                .or_else(|| asset("mRID"))
                .or_else(|| self.first(&["registeredResource.mRID"])),
            resource_name: self
                .first(&["production_RegisteredResource.name"])
                .or_else(|| asset("name"))
                .or_else(|| self.first(&["registeredResource.name"])),
            unit_resource: self
                .first(&["production_RegisteredResource.pSRType.powerSystemResources.mRID"]),
            psr_type: self
                .first(&["production_RegisteredResource.pSRType.psrType"])
                .or_else(|| asset("asset_PSRType.psrType"))
                .map(|code| names::production(&code)),
            nominal: self.get(nominal).and_then(|text| text.parse().ok()),
            unit: self.get("quantity_Measure_Unit.name").map(names::unit),
            event: (
                at("start_DateAndOrTime.date", "start_DateAndOrTime.time"),
                at("end_DateAndOrTime.date", "end_DateAndOrTime.time"),
            ),
            ..Outage::default()
        }
    }
}
