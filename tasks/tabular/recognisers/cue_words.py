"""Words beside a number, or in a column's name, that say what the number is; in many languages.

Cues are told apart by commas. `stem*` stands for every word that begins so, two words for the two beside
each other (or written as one in a column's name). In text, CAPITALS count only as capitals: small, they are
ordinary words. Words of scripts that put no blanks between words count wherever they stand.
"""

PHONE = """
phone*, telephone*, tel, telf, telefon*, telefoon*, telefone*, telefono*, tlf, tlfn, tfno, mobile, mobil, mobilen, mobilnummer*, mobiltelefon*,
mobiel*, mobilni, mobilne, handy, handynummer, cell, cellulare, cellular, cellphone, celular*, komorka, komorkowy, komorkowe, kom, matkapuhelin*,
puhelin*, puh, fax, faxnummer*, telefax*, faksi, faks, gsm, msisdn, portable, movil*, telemovel*, telemobil, whatsapp, viber, signal, sms, dial*, call,
called, calling, ring, ringen, callback, hotline, landline, festnetz*, durchwahl, rufnummer*, ruf, erreichbar, anrufen, appelez, appeler, joindre,
joignable, llamar, llame, llamame, chiamare, chiama, chiamami, ligue, ligar, ligue, zadzwon, dzwon, dzwonic, bellen, bel, ring, ringa, ringe, soita, zavolejte, volat, volejte,
sunati, hivjon, hivja, ara, arayin, reach, contact number, contact no, numero fijo, numer komorkowy, homephone, workphone, sip, pager, imessage,
mobitel*, mobilus*, mobils, talrunis*, talrun*, telefonas, telefonu, telepon*, ponsel, nomor hp, no hp, dien thoai, so dien, simi, farsimi, cep, cep no, ceptel*, kontaktnummer*, telefoni, gsmi,
тел*, телефон*, моб*, мобильн*, факс, позвон*, звон*, τηλ*, κινητ*, φαξ, טלפון*, נייד, هاتف*, جوال, موبايل, تلفن*, फोन, मोबाइल, โทร*, มือถือ, 电话, 手机, 電話, 携帯, 手機, ტელეფონ*, მობილურ*, հեռախոս*, ফোন, মোবাইল, موبایل, شماره, 전화, 휴대폰, 휴대전화, 핸드폰, 연락처
"""
CARD = """
card, cards, cardno, cardnum, cardnumber, creditcard*, debitcard*, ccnum, ccnumber, ccn, CC, cc number, cc no, PAN, visa, mastercard, maestro, amex,
american express, discover, diners, jcb, unionpay, credit, debit, payment*, paid, pay, charge, charged, cvv, cvc, cvv2, kreditkarte*, karte*,
kartennummer*, zahlung, carte, cartes, carte bancaire, cb, tarjeta*, tarj, carta, carta di, cartao*, carton, kaart*, kaartnummer, creditcardnummer, karta, karty,
karte, kort, kortnummer*, kontokort, kreditkort*, luottokortti*, kortti*, kartice, kartica, karticu, karti, kartya*, bankkartya*, karton, kreditna, card de,
карт*, κάρτα*, καρτα*, כרטיס*, بطاقة*, कार्ड, 卡号, 信用卡, カード, 카드
"""
IBAN = "iban, bank account, account no, account number, konto*, bankkonto*, rekening*, compte, cuenta*, conto, conta, rachunek, kontonummer*"
US_SSN = "ssn, ssns, ss number, social, social security, socialsecurity*, socsec*, TIN, tax id, taxid, taxpayer*, itin"
US_ITIN = "itin, individual taxpayer"
UK_NINO = "nino, ninumber, ni number, ni no, NI, national insurance, nationalinsurance*, insurance number"
UK_NHS = "nhs, nhsno, nhsnumber, nhs number, health service"
PASSPORT = """
passport*, passno, ppt, passnummer*, passnr, reisepass*, pass nr, passeport*, pasaporte*, passaporto*, passaporte*, paspoort*, paszport*, passi, passin, passinumero*,
cestovni pas, cestovni, cislo pasu, pasu, pasaport*, pasaportul*, utlevel*, putovnica*, putovnice, potni list, pass nummer, passi numero,
паспорт*, загранпаспорт*, διαβατηρι*, דרכון*, جواز, गोपनीय पासपोर्ट, पासपोर्ट, หนังสือเดินทาง, 护照, 護照, パスポート, 旅券, 여권
"""
NATIONAL = """
national id*, nationalid*, national identity, national identification, national number, national insurance, identity number, identity card, identity no, identity document, id card, idcard*, id number, idnumber,
id no, idno, identification number, identification no, personal id*, personal number, personal code, personal identity, citizen*, civil id, civil number, government id,
tax id*, taxid, tax number, taxnumber, tax no, tax file, taxpayer*, TIN, social security, social insurance, ssn, sozialversicherung*, svnr, versicherungsnummer*, personalausweis*, ausweis*,
personenkennzahl, personnummer*, personnr, personennummer*, identificacion, identidad, documento*, cedula*, identite, identiteit*, identita, identidade, dokument*,
dowod*, dowodu, tozsamosci, osobni*, rodne*, steuernummer*, numero fiscal, numero fiscale, identifiant fiscal, numero de identidad
"""
OTHER = """
order*, invoice*, reference*, ref, refno, refs, part, parts, partno, version*, isbn*, issn, ean, ean13, gtin, upc, sku, serial*, doi, imei, batch*, lot, ticket*, tracking, parcel, build, revision, article*,
artikel*, item, items, model, product*, produkt*, bestell*, bestellnummer*, rechnung*, auftrag*, kundennummer*, commande*, facture*, pedido*, factura*, fattura*, ordine*, bestelling*, factuur*,
zamowieni*, faktura*, faktury, objednav*, ordre*, tilaus*, lasku*, siparis*, comanda*, szamla*, transaction*, timestamp*, checksum, hash, sha*, md5, uuid, guid, row, line, seed, offset, bytes, size, count, total, amount, price,
case, claim, policy, contract, customer, asset, device, firmware, release, revenue, population, commit, epoch, frame, pid, port, session, request, trace, span, duration, latency, numero serie, заказ*, счет*, 订单*, 注文*, 주문*
"""
CREDENTIALS = """
password*, passwd, pwd, passphrase*, passwort*, kennwort*, mot de, motdepasse, contrasena*, senha*, wachtwoord*, haslo, losenord*, secret*, api key, apikey*, api token, access key, accesskey*, access token, accesstoken*,
auth token, authtoken*, bearer, credential*, private key, client secret, token, пароль*, 密码, パスワード, 비밀번호
"""
MAC = "mac, macaddress, mac address, hwaddr, ethernet, wifi mac, bssid, ether"
