"""Example numbers that others publish: the docstrings of python-stdnum, the metadata of phonenumbers."""

import doctest
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import phonenumbers
from phonenumbers import PhoneNumberFormat as Format
from phonenumbers import PhoneNumberType

from policy_checks.schemas.privacy import Entity

# Of persons only: module -> the name that a column of such numbers has, the word that announces one in text.
PERSONAL = {
    "ad.nrt": "nrt", "ar.cuit": "cuit", "ar.dni": "dni", "at.vnr": "svnr", "au.tfn": "tfn", "be.bis": "bisnummer", "be.nn": "rijksregisternummer",
    "be.ssn": "insz", "bg.egn": "egn", "bg.pnf": "pnf", "br.cpf": "cpf", "ca.bc_phn": "phn", "ca.sin": "sin", "ch.ssn": "ahv_nummer", "cl.rut": "rut",
    "cn.ric": "resident_identity_card", "co.nit": "nit", "cr.cpf": "cedula", "cu.ni": "numero_de_identidad", "cz.rc": "rodne_cislo", "de.idnr": "steuer_id",
    "dk.cpr": "cpr", "do.cedula": "cedula", "ec.ci": "cedula", "ee.ik": "isikukood", "es.dni": "dni", "es.nie": "nie", "es.nif": "nif", "fi.hetu": "henkilotunnus",
    "fr.nif": "numero_fiscal", "fr.nir": "nir", "gr.amka": "amka", "hr.oib": "oib", "id.nik": "nik", "ie.pps": "ppsn", "il.idnr": "mispar_zehut", "in_.aadhaar": "aadhaar",
    "in_.epic": "voter_id", "in_.pan": "pan", "in_.vid": "virtual_id", "is_.kennitala": "kennitala", "it.codicefiscale": "codice_fiscale", "jp.in_": "my_number",
    "kr.rrn": "resident_registration_number", "lt.asmens": "asmens_kodas", "lv.pvn": "personas_kods", "mu.nid": "national_id", "mx.curp": "curp", "mx.rfc": "rfc", "my.nric": "mykad",
    "nl.bsn": "bsn", "nl.onderwijsnummer": "onderwijsnummer", "no.fodselsnummer": "fodselsnummer", "nz.ird": "ird_number", "pe.cui": "dni", "pk.cnic": "cnic", "pl.pesel": "pesel",
    "pt.cc": "cartao_cidadao", "pt.nif": "nif", "ro.cnp": "cnp", "ru.inn": "inn", "se.personnummer": "personnummer", "si.emso": "emso", "th.pin": "thai_id", "tr.tckimlik": "tc_kimlik_no",
    "ua.rntrc": "rntrc", "us.atin": "atin", "us.ptin": "ptin", "ve.rif": "rif", "vn.mst": "mst", "za.idnr": "id_number", "za.tin": "tax_reference",
}  # fmt: skip
ENTITIES: dict[str, tuple[Entity, str]] = {
    "us.ssn": ("us_ssn", "ssn"), "us.itin": ("us_itin", "itin"), "gb.nhs": ("uk_nhs", "nhs_number"), "iban": ("iban", "iban"),
    "luhn": ("card", "card_number"), "mac": ("mac_address", "mac"), "nl.identiteitskaartnummer": ("passport", "paspoortnummer"),
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A number with where it was published, what it is, and the name of its column."""

    origin: str
    entity: Entity
    text: str
    column: str


def identity_examples() -> Iterator[Example]:
    """Yield every number of a person that a docstring of python-stdnum calls valid."""
    for module, column in PERSONAL.items():
        yield from (Example(module, "national_id", text, column) for text in _valid(module))
    for module, (entity, column) in ENTITIES.items():
        if module != "luhn":
            yield from (Example(module, entity, text, column) for text in _valid(module))


def _valid(name: str) -> list[str]:
    module = import_module(f"stdnum.{name}")
    numbers = []
    for example in doctest.DocTestParser().get_examples(module.__doc__ or ""):
        call = example.source.strip()
        if call.startswith("validate('") and not example.exc_msg and call.count("'") == 2:
            number = call.split("'")[1]
            if module.is_valid(number):
                numbers.append(number)
    return numbers


def phone_examples(form: int = Format.INTERNATIONAL) -> Iterator[Example]:
    """Yield an example of every region and kind of line, as a column without a name or of telephone numbers."""
    column = "phone" if form == Format.NATIONAL else "remark"
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield Example(region, "phone", phonenumbers.format_number(number, form), column)
