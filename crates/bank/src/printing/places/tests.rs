use super::*;

const HEADER: &str = "branch,product,grid,officer,place,copies,size\n";

fn read(text: &str) -> Result<PlaceList, PlacesError> {
    read_places(text.as_bytes())
}

/// The lines of a list without a fault.
fn rows(text: &str) -> Vec<PlaceRow> {
    let list = read(text).unwrap();
    assert_eq!(list.faults, []);
    list.rows
}

/// The reasons given for a list of one line.
fn reasons(line: &str) -> Vec<String> {
    let list = read(&format!("{HEADER}{line}\n")).unwrap();
    assert_eq!(list.rows, [], "{line}");
    list.faults.into_iter().map(|fault| fault.reason).collect()
}

#[test]
fn a_full_line_is_read_as_it_stands() {
    let rows = rows(&format!("{HEADER}LQ01,FLOW,LQ01-02,0742,南门市场 3 号摊,2,80x100\n"));
    let wanted = PlaceRow {
        line: 2,
        branch: "LQ01".into(),
        product: Some("FLOW".into()),
        grid: Some("LQ01-02".into()),
        officer: Some("0742".into()),
        place: "南门市场 3 号摊".into(),
        copies: 2,
        size: Some(Size::Sticker80x100),
    };
    assert_eq!(rows, [wanted]);
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let rows = rows("place,branch\n\"东街, 第 1 家 \"\"老王\"\"\", LQ01 \n");
    let row = &rows[0];
    assert_eq!((&*row.branch, row.copies, row.size), ("LQ01", 1, None));
    assert_eq!(row.place, "东街, 第 1 家 \"老王\"");
    assert!(row.product.is_none() && row.grid.is_none() && row.officer.is_none());
}

#[test]
fn spreadsheets_of_every_kind_are_read() {
    let text = "网点,地点\r\nLQ01,南门市场\r\n,\r\n\r\nHY02,橘乡\r\n";
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let (chinese, _, _) = encoding_rs::GB18030.encode(text);
    for bytes in [text.as_bytes(), &marked, &chinese] {
        let rows = read_places(bytes).unwrap().rows;
        let found: Vec<_> = rows.iter().map(|row| (row.line, &*row.place)).collect();
        assert_eq!(found, [(2, "南门市场"), (5, "橘乡")]);
    }
}

#[test]
fn the_same_line_twice_is_two_places() {
    assert_eq!(rows("branch,place\nLQ01,市场\nLQ01,市场\n").len(), 2);
}

#[test]
fn what_is_no_list_is_answered_with_what_to_do() {
    let cases: [(&[u8], &str); 10] = [
        (b"", "one line for each place"),
        (b"\n\n", "one line for each place"),
        (b"branch,place\n", "one line for each place"),
        (b"branch,copies\nLQ01,1\n", "no column place (地点)"),
        (b"place\nx\n", "no column branch"),
        (b"branch,place,colour\nLQ01,x,red\n", "no column \"colour\" is known; there are: branch"),
        (b"branch,place,Branch\nLQ01,x,LQ01\n", "twice"),
        (b"branch;place\nLQ01;x\n", "not parted by commas"),
        (b"\xFF\xFEb\0r\0", "save it as \"CSV UTF-8\""),
        (b"branch,place\nLQ01,\xFF\xFF\xFF\n", "save it as \"CSV UTF-8\""),
    ];
    for (bytes, hint) in cases {
        let message = read_places(bytes).unwrap_err().to_string();
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn a_list_of_more_than_ten_thousand_places_is_to_be_split() {
    let line = "LQ01,市场\n";
    assert_eq!(rows(&format!("branch,place\n{}", line.repeat(10_000))).len(), 10_000);
    let error = read(&format!("branch,place\n{}", line.repeat(10_001))).unwrap_err();
    assert_eq!(error, PlacesError::TooMany);
    assert!(error.to_string().contains("10000 places; split it"), "{error}");
    let error = read_places(&vec![b'x'; MAX_LIST_BYTES + 1]).unwrap_err();
    assert!(error.to_string().contains("split it"), "{error}");
}

#[test]
fn a_bad_cell_is_named_with_its_reason() {
    for (line, reason) in [
        (",,,,市场,,", "the branch is missing"),
        ("LQ01,,,,,,", "the place is missing"),
        ("LQ01,,,,=cmd|' /C calc'!A0,,", "begins with a sign"),
        ("LQ01,,,,+1,,", "begins with a sign"),
        ("LQ01,,,,@sum,,", "begins with a sign"),
        ("LQ01,,,,\u{202E}场市,,", "U+202E"),
        ("LQ01,,,,市\u{200B}场,,", "U+200B"),
        ("LQ01,,,,市\u{7}场,,", "U+0007"),
        ("LQ01,,,,\"市\n场\",,", "U+000A"),
        ("LQ01,,,,市场,0,", "copies \"0\" is not a number from 1 to 100"),
        ("LQ01,,,,市场,101,", "from 1 to 100"),
        ("LQ01,,,,市场,two,", "from 1 to 100"),
        ("LQ01,,,,市场,1,a0", "there are a3, a4, a5, 80x100 and 60x80"),
        ("LQ01,,,,市场,1,a4,more", "8 cells where 7 are due"),
    ] {
        let found = reasons(line);
        assert!(found.len() == 1 && found[0].contains(reason), "{line}: {found:?}");
    }
    let long = reasons(&format!("LQ01,,,,{},,", "长".repeat(31)));
    assert!(long[0].contains("place has 31 characters; 30 is the most"), "{long:?}");
}

#[test]
fn every_bad_line_is_reported_at_once_with_its_number() {
    let list = read("branch,place,copies\nLQ01,好,1\n,,x\n\nLQ01,=1,1\n").unwrap();
    let lines: Vec<u64> = list.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 3, 3, 5]);
    let message = PlacesError::Rows(list.faults).to_string();
    assert!(message.starts_with("4 faults in the list; nothing was printed\n  line 3: "));
    assert!(message.contains("\n  line 5: place \"=1\" begins"), "{message}");
}
