"""Numbers that states give to persons: who checks them, what they look like, which words announce them.

Not here: numbers of companies, of which nothing personal follows.
"""

from dataclasses import dataclass
from functools import cached_property

from policy_checks.schemas.privacy import Entity


@dataclass(frozen=True)
class IdentityNumber:
    """One kind of number.

    Attributes:
        module: of python-stdnum, whose `is_valid` decides; empty where the shape says all.
        shapes: 9 is a digit, A a letter, N either; separators may stand anywhere between them.
        cues: words as in `cue_words`.
        alone: pattern of a spelling so rare that it needs no cue.
        rate: share of arbitrary cells of the shape that pass the check, at most; None where other
            numbers in tables pass the same check.
    """

    module: str
    shapes: str
    cues: str
    alone: str = ""
    rate: float | None = None
    entity: Entity = "national_id"

    @cached_property
    def topic(self) -> str:
        """Return the name under which its cues are known."""
        return self.entity if self.entity != "national_id" else f"{self.module} {self.cues}"


def _n(module: str, shapes: str, cues: str, alone: str = "", rate: float | None = None) -> IdentityNumber:
    return IdentityNumber(module, shapes, cues, alone, rate)


IDENTITY_NUMBERS = (
    _n("ad.nrt", "A999999A", "nrt, registre tributari"),
    _n("ar.dni", "99999999 9999999", "DNI, documento nacional"),
    _n("ar.cuit", "99999999999", "cuit, cuil, clave unica", r"(?:20|23|24|27)-\d{8}-\d", 0.01),
    _n("at.vnr", "9999999999", "vnr, svnr, vsnr, versicherungsnummer*, sozialversicherung*, sv nummer, sv nr", "", 0.01),
    _n("au.tfn", "999999999 99999999", "tfn, tax file"),
    _n("be.nn", "99999999999", "niss, insz, rijksregister*, registre national, national number, NN, RRN, numero national, rijksregisternummer*, identificatienummer*", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", 0.01),
    _n("be.bis", "99999999999", "BIS, bisnummer*, niss, insz"),
    _n("bg.egn", "9999999999", "egn, единен граждански, егн", "", 0.01),
    _n("bg.pnf", "9999999999", "pnf, lnch, lnc, лнч, личен номер"),
    _n("br.cpf", "99999999999", "cpf, cadastro de, contribuinte", r"\d{3}\.\d{3}\.\d{3}-\d\d", 0.01),
    _n("ca.sin", "999999999", "SIN, sin number, social insurance, sinnumber, NAS, assurance sociale"),
    _n("ca.bc_phn", "9999999999", "phn, personal health, health number, healthcare number"),
    _n("ch.ssn", "9999999999999", "ahv*, avs, svnr, sozialversicherung*, navs*, ahvnummer*, no avs, assicurazione sociale", r"756\.\d{4}\.\d{4}\.\d\d", 0.001),
    _n("cl.rut", "99999999N 9999999N", "rut, rol unico", r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]", 0.1),
    _n("cn.ric", "99999999999999999N", "ric, resident identity, resident id, shenfenzheng, idcard, id card, 身份证, 身份證, 公民身份", "", 0.001),
    _n("co.nit", "9999999999 999999999", "NIT, cedula*, identificacion tributaria"),
    _n("cr.cpf", "999999999 9999999999", "cpf, cedula*"),
    _n("cu.ni", "99999999999", "NI, carne de, carnet de, numero de identidad, carne identidad"),
    _n("cz.rc", "9999999999 999999999", "RC, rodne*, rodneho, rodnym, birth number, rodne cislo", "", 0.02),
    _n("de.idnr", "99999999999", "idnr, steuer id, steuerid*, steueridentifikation*, identifikationsnummer*, steuernummer*, steuerliche*, TIN, tax id", "", 0.02),
    _n("", "99999999A999", "rvnr, rentenversicherung*, sozialversicherung*, versicherungsnummer*, svnr, rv nummer, sv nummer"),
    _n("dk.cpr", "9999999999", "cpr, cpr*, personnummer*", "", None),
    _n("do.cedula", "99999999999", "cedula*"),
    _n("ec.ci", "9999999999", "CI, cedula*", "", 0.05),
    _n("ee.ik", "99999999999", "IK, isikukood*, isiku", "", 0.02),
    _n("", "99999999999999", "egyptian id, الرقم القومي, رقم قومي"),
    _n("es.dni", "99999999A 9999999A", "dni, nif, documento nacional, dninie, dni nie, identidad", "", 0.05),
    _n("es.nie", "A9999999A", "nie, nif, extranjero*, dni, dninie", "", 0.03),
    _n("es.nif", "99999999A A9999999A A9999999N", "nif"),
    _n("fi.hetu", "999999A999N 9999999999 999999999N", "hetu, henkilotunnus*, sotu, sosiaaliturvatunnus*", r"[0-3]\d[01]\d{3}[-+ABCDEFYXWVU]\d{3}[0-9A-FHJ-NPR-Y]", 0.001),
    _n("fr.nir", "999999999999999 99999NN99999999 9999999999999", "nir, insee, nss, secu, securite sociale, numero de, no secu, num secu, carte vitale, vitale", r"[12] \d\d \d\d (?:\d\d|2[AB]) \d{3} \d{3} \d\d", 0.011),
    _n("fr.nif", "9999999999999", "nif, spi, numero fiscal, identifiant fiscal"),
    _n("gr.amka", "99999999999", "amka, αμκα", "", 0.01),
    _n("hr.oib", "99999999999", "oib, osobni identifikacijski", "", 0.1),
    _n("", "9999999999", "adoazonosito*, ado azonosito, adojel, tax id"),
    _n("", "999999999", "TAJ, tajszam, taj szam"),
    _n("id.nik", "9999999999999999", "nik, ktp, induk kependudukan", "", 0.02),
    _n("ie.pps", "9999999A 9999999AA", "PPS, ppsn, ppsno, pps no, pps number, personal public", "", 0.05),
    _n("il.idnr", "999999999 99999999", "TZ, mispar zehut, teudat zehut, zehut, israeli id, teudat, זהות, תעודת"),
    _n("in_.aadhaar", "999999999999", "aadhaar*, aadhar*, adhaar*, adhar*, uidai, आधार", "", 0.1),
    _n("in_.pan", "AAAAA9999A", "PAN, pan card, pancard, pan number, permanent account, pan no", "", 0.1),
    _n("in_.vid", "9999999999999999", "virtual id, aadhaar*"),
    _n("in_.epic", "AAA9999999", "epic, voter*, electoral*", "", 0.1),
    _n("is_.kennitala", "9999999999", "kennitala, kennitolu", "", 0.02),
    _n("it.codicefiscale", "AAAAAANNANNANNNA 99999999999", "CF, codice fiscale, codicefiscale, codfisc*, cod fiscale, fiscale", r"[A-Za-z]{6}[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z]", 0.05),
    _n("jp.in_", "999999999999", "mynumber, my number, kojin bango, individual number, マイナンバー, 個人番号", "", 0.1),
    _n("kr.rrn", "9999999999999", "rrn, jumin*, resident registration, 주민등록, 주민번호", "", 0.02),
    _n("lt.asmens", "99999999999", "asmens, asmens kodas, AK, asmenskodas", "", 0.02),
    _n("lv.pvn", "99999999999", "personas kods, personaskods", "", None),
    _n("mu.nid", "A999999999999N", "nid, national identity"),
    _n("mx.curp", "AAAA999999AAAAAANN AAAA999999AAAAAAN9", "curp, clave unica", r"[A-Za-z][AEIOUXaeioux][A-Za-z]{2}\d{6}[HMXhmx][A-Za-z]{5}[0-9A-Za-z]\d", 0.01),
    _n("mx.rfc", "AAAA999999NNN AAAA999999 AAA999999NNN", "rfc, registro federal", r"[A-Za-z]{4}[ -]?\d{6}[ -]?[0-9A-Za-z]{2}[0-9Aa]", 0.02),
    _n("my.nric", "999999999999", "nric, mykad, IC, ic number, kad pengenalan", "", 0.04),
    _n("nl.bsn", "999999999 99999999", "bsn, burgerservicenummer*, sofinummer*, sofi, burgerservice, sofi nummer", "", 0.1),
    _n("nl.identiteitskaartnummer", "AANNNNNN9", "identiteitskaart*, paspoort*, idkaart*", "", 0.1),
    _n("nl.onderwijsnummer", "999999999", "onderwijsnummer*, pgn"),
    _n("no.fodselsnummer", "99999999999", "fodselsnummer*, fødselsnummer*, fnr, personnummer*, fodselsnr, dnummer", "", 0.01),
    _n("nz.ird", "999999999 99999999", "ird, ird number, inland revenue"),
    _n("pe.cui", "99999999 999999999", "cui, DNI, documento nacional"),
    _n("pk.cnic", "9999999999999", "cnic, nicop, nadra, national identity", r"[1-7]\d{4}-\d{7}-\d"),
    _n("pl.pesel", "99999999999", "pesel, numer pesel, peselu", "", 0.02),
    _n("pl.nip", "9999999999", "NIP, identyfikacji podatkowej"),
    _n("pt.cc", "999999999NN9", "CC, cartao cidadao, cidadao, cartao de, BI, bilhete de, bilhete identidade", r"\d{8} ?\d ?[0-9A-Z]{2}\d(?<=[A-Z]{2}\d)", 0.1),
    _n("pt.nif", "999999999", "nif, contribuinte, numero contribuinte, identificacao fiscal"),
    _n("ro.cnp", "9999999999999", "cnp, cod numeric", "", 0.01),
    _n("ru.inn", "999999999999 9999999999", "inn, инн", "", 0.01),
    _n("", "99999999999", "snils, снилс", r"\d{3}-\d{3}-\d{3} \d\d"),
    _n("se.personnummer", "9999999999 999999999999", "personnummer*, pnr, personnr, personnummret, samordningsnummer*, pers nr, person nr", "", 0.01),
    _n("si.emso", "9999999999999", "emso, jmbg, jmb, maticni broj, maticna stevilka, enotna maticna, umcn, јмбг", "", 0.01),
    _n("", "A9999999A", "nric, FIN, nricfin, singpass"),
    _n("sk.rc", "9999999999 999999999", "RC, rodne*, birth number"),
    _n("th.pin", "9999999999999", "PIN, thai id, thai national, บัตรประชาชน, เลขประจำตัว", r"\d-\d{4}-\d{5}-\d\d-\d", 0.1),
    _n("th.tin", "9999999999999", "TIN"),
    _n("tr.tckimlik", "99999999999", "tckn, tckimlik*, kimlik*, tc kimlik, tc no, tcno, vatandaslik*", "", 0.011),
    _n("", "A999999999", "身分證, 身份證, 統一編號, taiwan id, twid"),
    _n("ua.rntrc", "9999999999", "rntrc, rnokpp, ipn, інн, рнокпп, іпн, ідентифікаційний*", "", 0.1),
    _n("us.atin", "999999999", "atin, adoption taxpayer"),
    _n("us.ptin", "A99999999", "ptin, preparer tax", ""),
    _n("ve.rif", "A999999999", "rif, registro de", ""),
    _n("vn.mst", "9999999999", "mst, ma so"),
    _n("", "999999999999", "cccd, cmnd, can cuoc"),
    _n("za.idnr", "9999999999999", "idnr, id number, south african, sa id, rsa id", "", 0.02),
    _n("za.tin", "9999999999", "TIN, tax reference"),
    IdentityNumber("gb.nhs", "9999999999", "", "", 0.1, "uk_nhs"),
)  # fmt: skip
