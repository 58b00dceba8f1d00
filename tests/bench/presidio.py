"""Plain Presidio without a model and without a network, as something to compare with."""

from collections.abc import Collection

import presidio_analyzer.predefined_recognizers.generic.email_recognizer as email_module
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer import predefined_recognizers as theirs
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from tldextract import TLDExtract

NAMES = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban", "IP_ADDRESS": "ip_address", "MAC_ADDRESS": "mac_address",
    "US_SSN": "us_ssn", "US_ITIN": "us_itin", "UK_NINO": "uk_nino", "UK_NHS": "uk_nhs", "US_PASSPORT": "passport", "IT_PASSPORT": "passport",
    "ES_NIF": "national_id", "ES_NIE": "national_id", "IT_FISCAL_CODE": "national_id", "PL_PESEL": "national_id", "FI_PERSONAL_IDENTITY_CODE": "national_id",
    "SG_NRIC_FIN": "national_id", "IN_AADHAAR": "national_id", "IN_PAN": "national_id", "AU_TFN": "national_id", "KR_RRN": "national_id", "TH_TNIN": "national_id",
}  # fmt: skip
CLASSES = (
    "EmailRecognizer", "PhoneRecognizer", "CreditCardRecognizer", "IbanRecognizer", "IpRecognizer", "MacAddressRecognizer", "UsSsnRecognizer", "UsItinRecognizer",
    "UkNinoRecognizer", "NhsRecognizer", "UsPassportRecognizer", "EsNifRecognizer", "EsNieRecognizer", "ItFiscalCodeRecognizer", "ItPassportRecognizer",
    "PlPeselRecognizer", "FiPersonalIdentityCodeRecognizer", "SgFinRecognizer", "InAadhaarRecognizer", "InPanRecognizer", "AuTfnRecognizer", "KrRrnRecognizer",
)  # fmt: skip


class Presidio:
    """Presidio's recognisers of numbers and addresses; a column's name is given to it as context."""

    def __init__(self) -> None:
        email_module.tldextract.extract = TLDExtract(suffix_list_urls=())
        registry = RecognizerRegistry(recognizers=[], supported_languages=["en"])
        for name in CLASSES:
            if hasattr(theirs, name):
                registry.add_recognizer(getattr(theirs, name)(supported_language="en"))
        engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
        engine.load()
        self._analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])

    def entities(self, text: str, column: str) -> Collection[str]:
        """Return what it finds in one text, in our names."""
        found = self._analyzer.analyze(text, language="en", context=column.lower().split("_"))
        return {NAMES.get(one.entity_type, one.entity_type) for one in found}
