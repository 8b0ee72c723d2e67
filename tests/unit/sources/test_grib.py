"""GRIB fields have the values that ecCodes gives, and damage costs one message."""

import math
import signal
import sqlite3  # noqa: F401 - first: ecCodes brings an older SQLite for the whole process
from pathlib import Path

import eccodes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.sources import grib
from wattbook.sources.catalogue import recognise
from wattbook.sources.grib import decoder
from wattbook.sources.grib.framing import PADDING, Frame, frames
from wattbook.sources.payload import Parsed, Payload, Quarantined

HOUR = 3_600_000_000_000

# Fields by recorded file: of messages that hold two winds, both count.
RECORDED = {
    "cfgrib_alternate-scanning.grib": 1,
    "cfgrib_cams-egg4-monthly.grib": 4,
    "cfgrib_cfrzr_and_cprat.grib": 4,
    "cfgrib_ds.waveh.5.grib": 1,
    "cfgrib_era5-levels-corrupted.grib": 1,
    "cfgrib_era5-single-level-scalar-time.grib": 1,
    "cfgrib_fields_with_missing_values.grib": 2,
    "cfgrib_forecast_monthly_ukmo.grib": 168,
    "cfgrib_hpa_and_pa.grib": 3,
    "cfgrib_lambert_grid.grib": 1,
    "cfgrib_multi_param_on_multi_dims.grib": 48,
    "cfgrib_ncep-seasonal-monthly.grib": 372,
    "cfgrib_reduced_gg.grib": 1,
    "cfgrib_regular_gg_ml.grib": 1,
    "cfgrib_regular_gg_sfc.grib": 1,
    "cfgrib_regular_ll_msl.grib": 1,
    "cfgrib_regular_ll_sfc.grib": 1,
    "cfgrib_scanning_mode_64.grib": 1,
    "cfgrib_single_gridpoint.grib": 6,
    "cfgrib_spherical_harmonics.grib": 1,
    "cfgrib_step_60m.grib": 73,
    "cfgrib_t_analysis_and_fc_0.grib": 1,
    "cfgrib_uv_on_different_levels.grib": 16,
    "nam.t00z.awp21100.tm00.grib2": 181,
    "pygrib_CMC_reg_WIND_ISBL_300_ps60km_2010052400_P012.grib": 1,
    "pygrib_dspr.temp.bin": 4,
    "pygrib_flux.grb": 4,
    "pygrib_gfs.t12z.pgrbf120.2p5deg.grib2": 343,
    "pygrib_rap.wrfnat.grib2": 1,
    "pygrib_regular_latlon_surface.grib1": 1,
    "pygrib_regular_latlon_surface.grib2": 1,
    "pygrib_scanning_mode_with_bitmap.grib2": 1,
}


def made(sample: str = "regular_ll_sfc_grib2", **keys: object) -> bytes:
    """Return a message that ecCodes makes from one of its samples; 16 by 31 points, 60 to 0 N."""
    handle = eccodes.codes_grib_new_from_samples(sample)
    try:
        values = keys.pop("values", None)
        for key, value in keys.items():
            eccodes.codes_set(handle, key, value)
        if values is not None:
            eccodes.codes_set_values(handle, np.asarray(values, float).ravel())
        return bytes(eccodes.codes_get_message(handle))
    finally:
        eccodes.codes_release(handle)


def sound(content: bytes) -> list[grib.Field]:
    found = list(grib.fields(content))
    assert not [part for part in found if isinstance(part, Quarantined)]
    return [part for part in found if isinstance(part, grib.Field)]


def recorded(folder: Path, name: str) -> Payload:
    file = folder / "sources" / "grib" / name
    return Payload(name, file.read_bytes(), address=str(file))


def plain_field() -> grib.Field:
    """Return a field that is linear: 3 a degree of latitude and -2 a degree of longitude."""
    latitude = np.linspace(60.0, 0.0, 31)[:, None]
    longitude = np.linspace(0.0, 30.0, 16)[None, :]
    return sound(made(bitsPerValue=32, values=3.0 * latitude - 2.0 * longitude))[0]


def test_a_field_says_what_it_is_and_when_it_holds() -> None:
    message = made(
        dataDate=20240331, dataTime=600, stepUnits="m", startStep=90, endStep=90, shortName="2t"
    )
    (field,) = sound(message)
    assert (field.parameter, field.unit) == ("2_metre_temperature", "K")
    assert (field.level_type, field.level) == ("heightAboveGround", 2.0)
    start = int(np.datetime64("2024-03-31T06:00", "ns").astype(np.int64))
    assert (field.reference, field.valid_start) == (start, start + 3 * HOUR // 2)
    assert field.valid_end == field.valid_start
    assert field.array().shape == (31, 16)


def test_a_linear_field_is_met_exactly_between_its_points() -> None:
    field = plain_field()
    for latitude, longitude in ((59.0, 1.0), (31.7, 17.25), (0.0, 30.0), (60.0, 0.0)):
        at = grib.Place(latitude, longitude)
        assert grib.bilinear(field, at) == pytest.approx(3 * latitude - 2 * longitude, abs=1e-5)
        west = grib.Place(latitude, longitude - 360.0)
        assert grib.bilinear(field, west) == grib.bilinear(field, at)


def test_a_point_outside_the_grid_is_refused() -> None:
    field = plain_field()
    for place in (grib.Place(-1.0, 5.0), grib.Place(30.0, -1.0), grib.Place(30.0, 31.0)):
        with pytest.raises(InputError, match="spans latitudes 0 to 60"):
            grib.bilinear(field, place)
    with pytest.raises(InputError, match="outside the grid"):
        grib.nearest(field, grib.Place(-20.0, 5.0))
    with pytest.raises(InputError, match="no place on Earth"):
        grib.Place(91.0, 0.0)


def test_a_missing_corner_makes_a_point_missing_only_where_it_counts() -> None:
    values = np.ones((31, 16))
    values[0, 0] = 9999.0
    (field,) = sound(made(bitmapPresent=1, missingValue=9999, values=values))
    assert field.missing == 1
    assert math.isnan(grib.bilinear(field, grib.Place(59.5, 0.5)))
    assert grib.bilinear(field, grib.Place(58.0, 0.0)) == pytest.approx(1.0)
    mean = grib.area_mean(field, grib.Area(58.0, 0.0, 60.0, 2.0))
    assert mean.points == 4
    assert mean.value == pytest.approx(1.0)
    assert 0.5 < mean.covered < 1.0


def test_the_value_9999_is_not_missing() -> None:
    (field,) = sound(made(values=np.full((31, 16), 9999.0)))
    assert field.missing == 0


def test_an_area_is_weighted_by_the_cosine_of_latitude() -> None:
    mean = grib.area_mean(plain_field(), grib.Area(0.0, 0.0, 60.0, 30.0))
    edges = np.radians(np.concatenate(([61.0], np.arange(59.0, -2.0, -2.0))))
    weights = -np.diff(np.sin(edges))
    latitude = np.average(np.linspace(60.0, 0.0, 31), weights=weights)
    assert mean.value == pytest.approx(3.0 * latitude - 2.0 * 15.0, abs=1e-5)
    with pytest.raises(InputError, match="no point"):
        grib.area_mean(plain_field(), grib.Area(10.1, 10.1, 10.2, 10.2))


def accumulated(end: int, amount: float, kind: str = "accum", start: int = 0) -> grib.Field:
    message = made(
        productDefinitionTemplateNumber=8,
        shortName="tp",
        stepType=kind,
        startStep=start,
        endStep=end,
        values=np.full((31, 16), amount),
    )
    return sound(message)[0]


def test_amounts_since_the_start_become_amounts_of_each_interval() -> None:
    fields = [accumulated(6, 5.0), accumulated(3, 2.0), accumulated(9, 1.0, start=6)]
    found = grib.intervals(fields)
    spans = {
        ((f.valid_start - f.reference) // HOUR, (f.valid_end - f.reference) // HOUR): f.values[0]
        for f in found
    }
    assert spans == {(0, 3): pytest.approx(2), (3, 6): pytest.approx(3), (6, 9): pytest.approx(1)}


def test_means_since_the_start_become_means_of_each_interval() -> None:
    first, second = grib.intervals([accumulated(3, 2.0, "avg"), accumulated(6, 5.0, "avg")])
    assert (first.values[0], second.values[0]) == (pytest.approx(2.0), pytest.approx(8.0))


def test_bytes_between_messages_and_a_broken_message_cost_nothing_else() -> None:
    message = made()
    broken = message[:-4] + b"7778"
    content = b"noise" + message + broken + message + message[:50]
    found = list(grib.fields(content))
    kinds = [type(part).__name__ for part in found]
    assert kinds == ["Quarantined", "Field", "Quarantined", "Field", "Quarantined"]
    aside = [part for part in found if isinstance(part, Quarantined)]
    length = len(message)
    assert [part.offset for part in aside] == [0, 5 + length, 5 + 3 * length]
    assert b"".join(part.raw for part in aside) == b"noise" + broken + message[:50]
    assert "7778" in aside[1].reason
    assert "payload ends after 50" in aside[2].reason


def test_a_bulletins_heading_is_no_fault() -> None:
    heading = b"****0000060089****\nYGAZ98 KWBN 292156\r\r\n"
    assert len(sound(heading + made())) == 1


def test_a_claim_of_billions_of_points_is_refused_before_it_is_decoded() -> None:
    message = bytearray(made())
    at = 16 + int.from_bytes(message[16:20])
    while message[at + 4] != 3:
        at += int.from_bytes(message[at : at + 4])
    message[at + 6 : at + 10] = b"\xff" * 4
    (found,) = grib.fields(bytes(message))
    assert isinstance(found, Quarantined)
    assert "4294967295 grid points" in found.reason


def test_a_message_that_ends_the_worker_costs_itself_alone() -> None:
    assert len(sound(made())) == 1
    worker = decoder.shared()._worker
    assert worker is not None
    worker._process.kill()
    worker._process.wait()
    first, second = grib.fields(made() + made())
    assert isinstance(first, Quarantined)
    assert "ecCodes ended by it" in first.reason
    assert isinstance(second, grib.Field)


def test_a_message_that_takes_for_ever_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(sound(made())) == 1
    worker = decoder.shared()._worker
    assert worker is not None
    worker._process.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(decoder, "DECODE_SECONDS_MAX", 0.05)
    (found,) = grib.fields(made())
    assert isinstance(found, Quarantined)
    assert "came to no end" in found.reason
    monkeypatch.undo()
    assert len(sound(made())) == 1


def test_without_eccodes_the_payload_is_set_aside_with_the_way_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder.shared().close()
    monkeypatch.setattr(decoder, "is_installed", lambda: False)
    found = grib.parse(Payload("x", made()))
    assert "wattbook[weather]" in found.quarantined[0].reason


@pytest.mark.long
@settings(max_examples=60)
@given(st.data())
def test_no_damage_raises_and_every_byte_is_accounted_for(data: st.DataObject) -> None:
    content = bytearray(made() + made("regular_ll_sfc_grib1") + made("reduced_gg_pl_32_grib2"))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 250))
        content[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]) | st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(1, len(content)))])
    covered = 0
    for part in frames(cut):
        if isinstance(part, Frame):
            covered += len(part.message)
            assert cut[part.offset : part.offset + 4] == b"GRIB"
    assert covered <= len(cut)
    parsed = grib.parse(Payload("damaged", cut))
    assert parsed.tables["field"].height + len(parsed.quarantined) >= 1 or not cut.strip(PADDING)


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize(("name", "count"), RECORDED.items())
def test_every_recorded_field_equals_what_eccodes_says_of_it(
    recorded_data: Path, name: str, count: int
) -> None:
    payload = recorded(recorded_data, name)
    found = list(grib.fields(payload.content))
    ours = [part for part in found if isinstance(part, grib.Field)]
    assert len(ours) == count
    if name == "cfgrib_era5-levels-corrupted.grib":
        (aside,) = (part for part in found if isinstance(part, Quarantined))
        assert (aside.offset, len(aside.raw)) == (0, 22_068)
        return
    dataset = recognise(payload)
    assert dataset is not None
    assert dataset.source in {"noaa", "ecmwf"}
    # ecCodes splits messages of several fields itself, from the file.
    eccodes.codes_grib_multi_support_on()
    with Path(payload.address).open("rb") as file:
        for field in ours:
            handle = eccodes.codes_grib_new_from_file(file)
            shown = [eccodes.codes_get(handle, key) for key in ("shortName", "name", "units")]
            assert shown == [field.short_name, field.name, field.unit]
            if not field.is_spectral:
                eccodes.codes_set(handle, "missingValue", -1e30)
                missing = eccodes.codes_get(handle, "numberOfMissing")
                values = eccodes.codes_get_values(handle)
                values[values == -1e30] = np.nan
                np.testing.assert_array_equal(field.values, values)
                assert field.missing == np.isnan(values).sum() >= missing
                there = field.values[~np.isnan(field.values)]
                for key, value in (("min", np.min), ("max", np.max), ("avg", np.mean)):
                    if there.size:
                        expected = eccodes.codes_get(handle, key)
                        assert float(value(there)) == pytest.approx(expected, rel=1e-6)
                day = eccodes.codes_get(handle, "validityDate")
                clock = eccodes.codes_get(handle, "validityTime")
                text = f"{day // 10000:04}-{day // 100 % 100:02}-{day % 100:02}"
                valid = np.datetime64(f"{text}T{clock // 100:02}:{clock % 100:02}", "ns")
                # Of extremes of an interval ecCodes gives the start of the interval here.
                assert int(valid.astype(np.int64)) in {field.valid_end, field.valid_start}
            eccodes.codes_release(handle)
        assert eccodes.codes_grib_new_from_file(file) is None or count == 4
    eccodes.codes_grib_multi_support_off()


@pytest.mark.data
def test_a_field_is_the_same_from_whichever_end_it_is_scanned(recorded_data: Path) -> None:
    (north,) = sound(recorded(recorded_data, "cfgrib_regular_ll_sfc.grib").content)
    (south,) = sound(recorded(recorded_data, "cfgrib_scanning_mode_64.grib").content)
    np.testing.assert_array_equal(north.array(), south.array()[::-1])
    for place in (grib.Place(51.5, -0.1), grib.Place(-37.8, 145.0)):
        assert grib.bilinear(north, place) == pytest.approx(grib.bilinear(south, place), rel=1e-12)
        assert grib.nearest(north, place) == grib.nearest(south, place)
    (one,) = sound(recorded(recorded_data, "pygrib_regular_latlon_surface.grib1").content)
    (two,) = sound(recorded(recorded_data, "pygrib_regular_latlon_surface.grib2").content)
    np.testing.assert_array_equal(one.array(), two.array())


@pytest.mark.data
@pytest.mark.parametrize("name", ["cfgrib_alternate-scanning.grib", "cfgrib_ds.waveh.5.grib"])
def test_rows_that_run_to_and_fro_are_laid_side_by_side(recorded_data: Path, name: str) -> None:
    (field,) = sound(recorded(recorded_data, name).content)
    rough = field.values.reshape(field.rows, field.columns)
    assert field.alternates
    assert np.nanmean(np.abs(np.diff(field.array(), axis=0))) < 0.2 * np.nanmean(
        np.abs(np.diff(rough, axis=0))
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("cfgrib_regular_ll_sfc.grib", [(51.5, -0.1), (-37.8, 145.0), (89.9, 359.9)]),
        ("cfgrib_reduced_gg.grib", [(51.5, -0.1), (-37.8, 145.0), (0.3, 0.1)]),
        ("cfgrib_regular_gg_sfc.grib", [(51.5, -0.1), (-37.8, 145.0)]),
        ("nam.t00z.awp21100.tm00.grib2", [(29.8, -95.4), (40.7, -74.0)]),
        ("pygrib_CMC_reg_WIND_ISBL_300_ps60km_2010052400_P012.grib", [(45.5, -73.6)]),
        ("cfgrib_lambert_grid.grib", [(51.5, -0.1), (48.9, 2.4)]),
    ],
)
def test_the_nearest_point_is_the_one_that_eccodes_finds(
    recorded_data: Path, name: str, places: list[tuple[float, float]]
) -> None:
    field = sound(recorded(recorded_data, name).content)[0]
    handle = eccodes.codes_new_from_message(field.frame.message)
    for latitude, longitude in places:
        (theirs,) = eccodes.codes_grib_find_nearest(handle, latitude, longitude)
        ours = grib.nearest(field, grib.Place(latitude, longitude))
        assert ours.latitude == pytest.approx(theirs.lat, abs=1e-9)
        if abs(ours.latitude) < 89.9:  # At a pole, every point of the row is the same one.
            assert (ours.longitude - theirs.lon + 180) % 360 == pytest.approx(180, abs=1e-9)
        assert ours.value == theirs.value
        assert ours.distance_m == pytest.approx(theirs.distance * 1e3, rel=1e-3)
        at_point = grib.bilinear(field, grib.Place(ours.latitude, ours.longitude))
        assert at_point == pytest.approx(ours.value, rel=1e-5)
        around = field.values[~np.isnan(field.values)]
        between = grib.bilinear(field, grib.Place(latitude, longitude))
        slack = 1e-9 * np.ptp(around)
        assert around.min() - slack <= between <= around.max() + slack
    eccodes.codes_release(handle)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("cfgrib_regular_ll_sfc.grib", 1e-12),
        ("cfgrib_reduced_gg.grib", 1e-12),
        ("cfgrib_regular_gg_sfc.grib", 1e-12),
        ("pygrib_gfs.t12z.pgrbf120.2p5deg.grib2", 1e-12),
    ],
)
def test_the_cells_of_a_global_grid_make_up_the_sphere(
    recorded_data: Path, name: str, tolerance: float
) -> None:
    field = sound(recorded(recorded_data, name).content)[0]
    assert grib.grid(field).cell_area.sum() == pytest.approx(4 * math.pi, rel=tolerance)


@pytest.mark.data
def test_the_cells_of_a_lambert_grid_have_the_size_that_the_projection_says(
    recorded_data: Path,
) -> None:
    field = sound(recorded(recorded_data, "nam.t00z.awp21100.tm00.grib2").content)[0]
    area = grib.grid(field).cell_area * 6_371_229.0**2
    # 81,271 m where the projection is true, at 25° N; the scale there is 1.
    rows = np.abs(grib.grid(field).latitude - 25.0) < 0.5
    rows[[0, -1], :] = rows[:, [0, -1]] = False
    assert np.sqrt(area[rows].mean()) == pytest.approx(81_271.0, rel=0.005)


@pytest.mark.data
def test_spherical_harmonics_have_an_array_and_no_points(recorded_data: Path) -> None:
    (field,) = sound(recorded(recorded_data, "cfgrib_spherical_harmonics.grib").content)
    assert field.is_spectral
    assert field.array().size == 4_160
    with pytest.raises(InputError, match="spherical harmonics"):
        grib.nearest(field, grib.Place(50.0, 8.0))


@pytest.mark.data
def test_a_grid_without_coordinates_has_an_array_and_no_points(recorded_data: Path) -> None:
    (field,) = sound(recorded(recorded_data, "pygrib_rap.wrfnat.grib2").content)
    assert field.array().shape == (834, 953)
    with pytest.raises(InputError, match="ncep_32769"):
        grib.bilinear(field, grib.Place(40.0, -100.0))


@pytest.mark.data
def test_an_hour_of_sixty_minutes_is_an_hour(recorded_data: Path) -> None:
    found = sound(recorded(recorded_data, "cfgrib_step_60m.grib").content)
    assert [(f.valid_end - f.reference) // HOUR for f in found] == list(range(73))


@pytest.mark.data
def test_members_are_told_apart_in_observations(recorded_data: Path) -> None:
    payload = recorded(recorded_data, "cfgrib_ncep-seasonal-monthly.grib")
    parsed: Parsed = grib.parse(payload, {"Paris": grib.Place(48.9, 2.4)})
    columns = ["dataset", "location", "item", "delivery_start", "ts_event"]
    assert parsed.observations.height == 372
    assert parsed.observations.select(columns).is_unique().all()
    area = {"all": grib.Area(-90.0, 0.0, 90.0, 360.0)}
    whole = grib.parse(payload, {}, area).observations
    assert whole["value"].mean() == pytest.approx(289.0, abs=2.0)


@pytest.mark.data
def test_no_two_fields_of_a_forecast_have_the_same_name(recorded_data: Path) -> None:
    payload = recorded(recorded_data, "pygrib_gfs.t12z.pgrbf120.2p5deg.grib2")
    found = grib.parse(payload, {"Paris": grib.Place(48.9, 2.4)}).observations
    # Two layers begin at 0.44, and two fields at the surface have no name.
    assert found.height == 343
    assert (
        not found.select("dataset", "item", "delivery_start", "delivery_end").is_duplicated().any()
    )
    assert "sigmaLayer 0.44 to 0.72" in set(found["item"])
    assert len({name for name in found["dataset"] if name.startswith("unknown_0_")}) == 2
