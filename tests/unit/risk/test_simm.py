"""ISDA SIMM: what the model must keep, beside the known answers of the data folder."""

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.risk.simm import (
    VERSIONS,
    Measure,
    Product,
    RiskClass,
    Sensitivities,
    load_parameters,
    simm_margin,
)


def row(**given: object) -> dict[str, object]:
    return {
        "product": "Commodity",
        "risk_type": "Risk_Commodity",
        "qualifier": "EU Power Germany",
        "bucket": "9",
        "label1": "",
        "label2": "",
        "amount_usd": 1_000.0,
        **given,
    }


def margin(rows: list[dict[str, object]], version: str = "2.8+2506", days: int = 10) -> float:
    return simm_margin(Sensitivities.from_rows(rows), load_parameters(version, days)).total


@pytest.mark.parametrize("version", VERSIONS)
def test_correlations_are_those_of_a_joint_law(version: str) -> None:
    parameters = load_parameters(version)
    for matrix in (
        parameters.classes,
        parameters.rates.tenors,
        parameters.commodity.buckets,
        parameters.equity.buckets,
        parameters.credit_qualifying.buckets,
    ):
        assert np.array_equal(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix)[0] > -0.02
    assert parameters.version == version


def test_a_hedge_lowers_the_margin_and_size_raises_it_more_than_in_proportion() -> None:
    one = margin([row()])
    assert margin([row(), row(amount_usd=-400.0)]) == pytest.approx(0.6 * one)
    assert margin([row(), row(qualifier="UK Power", amount_usd=-1_000.0)]) < 2.0 * one
    large = margin([row(amount_usd=8e9)])
    assert large > 8e6 * one


def test_products_add_up_and_classes_within_one_do_not() -> None:
    rows = [
        row(),
        row(product="RatesFX", risk_type="Risk_FX", qualifier="EUR", bucket="", amount_usd=2e3),
        row(product="Commodity", risk_type="Risk_FX", qualifier="EUR", bucket="", amount_usd=2e3),
    ]
    found = simm_margin(Sensitivities.from_rows(rows), load_parameters("2.8+2506"))
    assert found.total == pytest.approx(sum(found.by_product.values()))
    parts = [
        found.by_class[Product.COMMODITY, RiskClass.COMMODITY],
        found.by_class[Product.COMMODITY, RiskClass.CURRENCY],
    ]
    assert max(parts) < found.by_product[Product.COMMODITY] < sum(parts)
    assert (Product.COMMODITY, RiskClass.COMMODITY, Measure.DELTA) in found.by_measure


def test_no_dollar_risk_against_the_dollar_itself() -> None:
    rows = [row(product="RatesFX", risk_type="Risk_FX", qualifier="USD", bucket="")]
    assert margin(rows) == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk_type": "Risk_Weather"}, "risk_type is 'Risk_Weather'"),
        ({"bucket": "18"}, "bucket is '18': give 1 to 17"),
        ({"bucket": "Residual"}, "bucket is 'Residual'"),
        ({"amount_usd": float("nan")}, "amount_usd is nan"),
        ({"amount_usd": None}, "amount_usd is None"),
        ({"qualifier": ""}, "qualifier is empty"),
        ({"risk_type": "Risk_CommodityVol", "label1": "7y"}, "label1 is '7y'"),
        ({"product": "Weather"}, "product is 'Weather'"),
    ],
)
def test_a_wrong_row_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match="row 1: ") as caught:
        Sensitivities.from_rows([row(), row(**change)])
    assert said in str(caught.value)


def test_a_version_or_period_that_is_not_held_is_refused() -> None:
    with pytest.raises(InputError, match="choose 2"):
        load_parameters("3.0")
    with pytest.raises(InputError, match="no parameters for 1 days"):
        load_parameters("2.6", 1)


def test_random_sensitivities_give_a_finite_margin() -> None:
    random = np.random.default_rng(5)
    kinds = [
        ("Risk_Commodity", "17", ""),
        ("Risk_CommodityVol", "3", "6m"),
        ("Risk_Equity", "12", ""),
        ("Risk_EquityVol", "Residual", "1y"),
        ("Risk_IRCurve", "", "10y"),
        ("Risk_IRVol", "", "2w"),
        ("Risk_CreditQ", "Residual", "5y"),
        ("Risk_FX", "", ""),
    ]
    for _ in range(60):
        rows = []
        for _ in range(int(random.integers(1, 40))):
            kind, bucket, tenor = kinds[int(random.integers(len(kinds)))]
            rows.append(
                row(
                    product=("RatesFX", "Credit", "Equity", "Commodity")[random.integers(4)],
                    risk_type=kind,
                    bucket=bucket,
                    label1=tenor,
                    qualifier=("EUR", "BRL", "JPY")[random.integers(3)],
                    amount_usd=float(10.0 ** random.uniform(-3, 14) * random.choice([-1, 1])),
                )
            )
        found = margin(rows)
        assert np.isfinite(found)
        assert found >= 0.0
