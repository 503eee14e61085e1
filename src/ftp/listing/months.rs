//! Names of months in English and in other languages.

use encoding_rs::Encoding;

/// English abbreviations, which nearly all servers use.
const ENGLISH: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Names and abbreviations in other languages, in lower case, by month.
///
/// If a name has different meanings (Croatian `lis` is October, Polish and Czech `lis` November),
/// the more common one is in the table.
const OTHERS: [&str; 12] = [
    "january janv janvier januar jän jänner gen gennaio ene enero janeiro sty styczeń led \
     leden januári január januari tammi tammikuu sau ian oca ocak янв января січ яну јан ιαν jaan",
    "february févr fév février fevr fev februar febbraio febrero fbro fevereiro lut luty úno únor \
     febr február februari helmi helmikuu vas şub şubat фев февр февраля лют феб φεβ veebr",
    "march mär märz mrz mars mrs marzo mzo março marzec mrt maart bře březen márc március maalis \
     maaliskuu kov мар марта бер març μαρ μάρ märts",
    "april avr avril aprile abr abril ab kwi kwiecień dub duben ápr április huhti huhtikuu bal nis \
     nisan апр апреля кві απρ",
    "mai mag maggio mayo maio maj mei kvě květen máj május touko toukokuu geg maí mayıs май мая \
     maig мај maijs тра μάι μαϊ",
    "june juin juni giu giugno junio junho cze czerwiec čen červen jún június kesä kesäkuu bir jún \
     iun haz haziran июн июня чер juny юни јун jūn ιουν juuni",
    "july juil juillet jui juli lug luglio julio julho lip lipiec čec červenec júl július heinä \
     heinäkuu lie iul tem temmuz июл июля лип juliol юли јул jūl ιουλ juuli",
    "august août aoû aout ago agosto agto sie sierpień srp srpen augusztus elo elokuu rgp avg ágú \
     ág ağu ağustos авг августа сер agu αυγ augusti augustus",
    "september sept septembre settembre set septiembre sbre setembro wrz wrzesień zář září szept \
     szeptember syys syyskuu rgs eyl eylül сен сент сентября вер сеп σεπ",
    "october okt oktober octobre ott ottobre octubre obre out outubro paź paz październik říj \
     říjen október loka lokakuu spa eki ekim окт октября жов οκτ",
    "november novembre noviembre nbre novembro lis listopad marras marraskuu lap nóv noi kas kasım \
     ноя нояб ноября лис ное нов νοε",
    "december dez dezember déc décembre dic dicembre diciembre dbre dezembro gru grudzień pro \
     prosinec joulu joulukuu grd des desember dets ara aralık дек декабря гру дец desembre δεκ",
];

/// Encodings of names that are not UTF-8: Western and Central European, Russian, Greek, Turkish and
/// Baltic.
const ENCODINGS: [&Encoding; 10] = [
    encoding_rs::WINDOWS_1252,
    encoding_rs::WINDOWS_1250,
    encoding_rs::ISO_8859_2,
    encoding_rs::WINDOWS_1251,
    encoding_rs::KOI8_R,
    encoding_rs::IBM866,
    encoding_rs::ISO_8859_5,
    encoding_rs::WINDOWS_1253,
    encoding_rs::WINDOWS_1254,
    encoding_rs::WINDOWS_1257,
];

/// The month of an English abbreviation, ignoring case.
pub(super) fn english(name: &[u8]) -> Option<i8> {
    let [a, b, c] = *name else { return None };
    let name = [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()];
    ENGLISH.iter().zip(1..).find(|(month, _)| **month == &name).map(|(_, number)| number)
}

/// The month of a name in any supported language, in UTF-8 or an older encoding, with or without a
/// trailing period or comma.
pub(super) fn any(name: &[u8]) -> Option<i8> {
    let bare = name.len() - name.iter().rev().take_while(|b| matches!(b, b'.' | b',')).count();
    let name = &name[..bare];
    english(name).or_else(|| other(name))
}

fn other(name: &[u8]) -> Option<i8> {
    if !(2..=20).contains(&name.len()) || name.iter().any(u8::is_ascii_digit) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(name) {
        return lookup(&text.to_lowercase());
    }
    ENCODINGS.iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(name)?;
        lookup(&text.to_lowercase())
    })
}

fn lookup(name: &str) -> Option<i8> {
    let known = |names: &str| names.split(' ').any(|known| known == name);
    OTHERS.iter().zip(1..).find(|(names, _)| known(names)).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_many_languages_and_encodings() {
        for (name, month) in [
            (&b"JUN"[..], 6),
            (b"June", 6),
            ("Mär".as_bytes(), 3),
            (b"M\xe4r", 3),
            ("août".as_bytes(), 8),
            (b"ao\xfbt", 8),
            (b"d\xe9c.", 12),
            (b"Okt.,", 10),
            (b"wrz", 9),
            (b"pa\xbc", 10),
            (b"pa\x9f", 10),
            (b"\xa0\xa2\xa3", 8),
            ("Ноя".as_bytes(), 11),
            (b"\xed\xee\xff", 11),
            (b"\xce\xcf\xd1", 11),
            (b"\xe0\xe2\xe3", 8),
            ("ağu".as_bytes(), 8),
            ("лют".as_bytes(), 2),
            ("дец".as_bytes(), 12),
            ("mei".as_bytes(), 5),
        ] {
            assert_eq!(any(name), Some(month), "{name:?}");
        }
        for name in [&b"ftp"[..], b"", b"12", b"j", b"\xff\xff\xff", b"janissary", b"jan1", b"."] {
            assert_eq!(any(name), None, "{name:?}");
        }
    }
}
