use super::*;
use crate::{
    poster::{PosterFormat, render_page},
    printing::read_places,
    testing::{NOW, SeededEntropy, TestBank},
};
use lending::ticket::VerifiedTicket;

const ORDER: BatchOrder<'_> = BatchOrder {
    size: Size::Sticker60x80,
    distance: None,
    stickers: Stickers::OnA4,
    campaign: Some("AUTUMN"),
    valid_for_s: 365 * 24 * 3600,
};

fn print(bank: &TestBank, list: &str, order: &BatchOrder<'_>) -> Result<PrintedBatch, BatchError> {
    let published = bank.published();
    let (folder, fonts) = (bank.folder(), Fonts::of_system().unwrap());
    let means = Means { folder: &folder, catalogue: published.catalogue(), fonts: &fonts };
    let list = read_places(list.as_bytes()).unwrap();
    print_batch(&means, &list, order, NOW, &SeededEntropy::new(5), &mut |_, _| {})
}

/// Pages of a PDF, by the objects that say so.
fn pages_of(pdf: &[u8]) -> usize {
    String::from_utf8_lossy(pdf).matches("/Type /Page\n").count()
}

#[test]
fn posters_stickers_and_the_list_make_one_document() {
    let list = "branch,place,copies,size\n\
                LQ01,南门市场 3 号摊,7,\nHY02,\"橘乡, 村口\",2,a5\nJJ03,码头,6,60x80\n";
    let printed = print(&TestBank::new(), list, &ORDER).unwrap();
    // Two cards, thirteen stickers on two sheets, one page of the list.
    assert_eq!((printed.places, printed.pages), (3, 5));
    assert_eq!(pages_of(&printed.pdf), 5);
    let list = String::from_utf8(printed.list).unwrap();
    let lines: Vec<&str> = list.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[2].starts_with("0002,\"橘乡, 村口\",HY02-"), "{}", lines[2]);
    assert!(lines[2].ends_with(",A5 × 2,2027-11-22"), "{}", lines[2]);
}

#[test]
fn stickers_for_a_label_printer_are_pages_of_their_own() {
    let order = BatchOrder { stickers: Stickers::OnLabels, ..ORDER };
    let printed = print(&TestBank::new(), "branch,place,copies\nLQ01,市场,3\n", &order).unwrap();
    assert_eq!((printed.pages, pages_of(&printed.pdf)), (4, 4));
}

#[test]
fn every_place_reads_back_to_a_verified_ticket_of_its_branch() {
    let bank = TestBank::new();
    let published = bank.published();
    let catalogue = published.catalogue();
    let list = "branch,place,product,grid,officer\n\
                LQ01,市场,GUARANTEED,LQ01-02,0742\nHY02,村口,,,\nHY02,村口,,,\n";
    let rows = read_places(list.as_bytes()).unwrap().rows;
    let (folder, entropy) = (bank.folder(), SeededEntropy::new(5));
    let issued: Vec<Issued<'_>> = (1..)
        .zip(&rows)
        .map(|numbered| issue(&folder, catalogue, numbered, &ORDER, NOW, &entropy).unwrap())
        .collect();
    let fonts = Fonts::of_system().unwrap();
    let leaves = leaves(&issued, Stickers::OnLabels);
    let mut serials = std::collections::BTreeSet::new();
    for (leaf, row) in leaves.iter().zip(&rows) {
        let page = leaf.page(None, "第 1 页 共 4 页").unwrap();
        let png = render_page(&page, PosterFormat::Png, &fonts).unwrap();
        let frame = lens::read_photo(&png).unwrap();
        let code = lens::decode(&frame, lens::Effort::Photo).remove(0).text;
        let host = &catalogue.bank.host;
        let ticket = VerifiedTicket::verify(&code, host, &published.directory, NOW, NOW).unwrap();
        assert_eq!(ticket.branch.as_str(), row.branch);
        assert_eq!((&ticket.grid, &ticket.officer), (&row.grid, &row.officer));
        assert_eq!(ticket.campaign.as_deref(), Some("AUTUMN"));
        serials.insert(ticket.serial);
    }
    assert_eq!(serials.len(), 3, "each place has a ticket of its own");
}

#[test]
fn every_bad_line_is_reported_at_once_and_nothing_is_printed() {
    let list = "branch,place,product,grid,officer\n\
                LQ01,好,,,\nXX99,市场,,,\nLQ01,市场,GOLD,HY02-01,0763\nLQ01,=1,,,\n";
    let error = print(&TestBank::new(), list, &ORDER).unwrap_err();
    let BatchError::Places(PlacesError::Rows(faults)) = &error else { panic!("{error:?}") };
    let lines: Vec<u64> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 4, 4, 4, 5]);
    let message = error.to_string();
    for words in [
        "5 faults in the list; nothing was printed",
        "line 3: no branch \"XX99\"; there are: LQ01, HY02, JJ03",
        "line 4: no product \"GOLD\"; there are: FLOW, QUICK, GUARANTEED",
        "line 4: no grid at LQ01 \"HY02-01\"; there are: LQ01-01, LQ01-02, LQ01-03",
        "line 4: no officer at LQ01 \"0763\"; there are: 0731, 0742, 0755",
    ] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_distance_that_a_size_cannot_serve_names_the_line() {
    let order = BatchOrder { distance: "0.5m".parse().ok(), ..ORDER };
    let list = "branch,place,size\nLQ01,市场,a4\nLQ01,柜台,80x100\n";
    let error = print(&TestBank::new(), list, &order).unwrap_err();
    assert!(matches!(error, BatchError::Piece { line: 3, source: PosterError::TooFar { .. } }));
}

#[test]
fn more_pieces_than_one_file_holds_are_to_be_parted() {
    let list = format!("branch,place,copies\n{}", "LQ01,市场,100\n".repeat(201));
    let error = print(&TestBank::new(), &list, &ORDER).unwrap_err();
    assert!(matches!(error, BatchError::TooManyPieces(20_100)), "{error}");
    assert!(error.to_string().contains("print it in parts"));
}

#[test]
fn progress_counts_every_page() {
    let bank = TestBank::new();
    let published = bank.published();
    let (folder, fonts) = (bank.folder(), Fonts::of_system().unwrap());
    let means = Means { folder: &folder, catalogue: published.catalogue(), fonts: &fonts };
    let list = read_places("branch,place\nLQ01,市场\n".as_bytes()).unwrap();
    let mut told = Vec::new();
    let mut progress = |done, due| told.push((done, due));
    print_batch(&means, &list, &ORDER, NOW, &SeededEntropy::new(5), &mut progress).unwrap();
    assert_eq!(told, [(1, 2), (2, 2)]);
}
