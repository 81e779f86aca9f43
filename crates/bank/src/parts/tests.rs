//! Parts as a device sees them, over HTTP, in the whole bank.

mod envelopes;
mod faults;
mod headers;
mod model;

use super::*;
use crate::testing::{
    NOW, TestBank,
    phone::{self as support, CHUNK, Phone, content},
};
use axum::http::StatusCode;
use seal::SigningKey;
use tokio_stream::StreamExt;
use wire::{parts::PARTIAL_TYPE, problem::ProblemCode};

#[tokio::test]
async fn a_part_goes_from_begun_to_complete_and_is_found_so_again() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, CHUNK + 5);
    let digest = Digest::of(&bytes);
    assert_eq!(phone.head(&router, digest).await.problem_of_head(), 404);

    let begun = phone.create(&router, &bytes).await;
    assert_eq!(begun.status, StatusCode::CREATED);
    assert_eq!(begun.header("location"), format!("/v1/parts/{}", digest.to_hex()));
    assert_eq!(begun.header("cache-control"), "no-store");
    assert_eq!(begun.state(), (0, false));
    let limit = "max-size=20971776, min-size=1, max-append-size=1048576, max-age=2592000";
    assert_eq!(begun.header("upload-limit"), limit);

    let more = phone.append(&router, digest, 0, false, &bytes[..CHUNK]).await;
    assert_eq!((more.status.as_u16(), more.state()), (204, (CHUNK as u64, false)));
    let again = phone.create(&router, &bytes).await;
    assert_eq!((again.status.as_u16(), again.state()), (200, (CHUNK as u64, false)));
    let done = phone.append(&router, digest, CHUNK as u64, true, &bytes[CHUNK..]).await;
    assert_eq!((done.status.as_u16(), done.state()), (204, (bytes.len() as u64, true)));
    assert!(done.header("upload-limit").ends_with("max-age=5184000"), "60 days from now on");

    let head = phone.head(&router, digest).await;
    assert_eq!((head.status.as_u16(), head.state()), (204, (bytes.len() as u64, true)));
    assert_eq!(head.header("cache-control"), "no-store");
    assert_eq!(head.header("upload-length"), bytes.len().to_string());
    assert_eq!(phone.create(&router, &bytes).await.status, StatusCode::OK);
    // The answer to the end was lost: said again it has the same answer.
    let said_again = phone.append(&router, digest, bytes.len() as u64, true, b"").await;
    assert_eq!((said_again.status.as_u16(), said_again.state()), (204, (bytes.len() as u64, true)));
    let key = PartKey { device: phone.key.public(), digest };
    assert_eq!(test.open().part_bytes(key).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_body_may_be_cut_at_every_byte_and_goes_on_there() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open_with_memory();
    let router = bank.router();
    let near = |at: usize| [at - 1, at, at + 1];
    let small = (0..=90usize).map(|cut| (90, cut));
    let large = near(CHUNK).into_iter().chain(near(2 * CHUNK)).map(|cut| (2 * CHUNK + 40, cut));
    for (n, (size, cut)) in small.chain(large).enumerate() {
        let bytes = content(n, size);
        let digest = Digest::of(&bytes);
        phone.create(&router, &bytes).await;
        let broken = phone.append_cut(&router, digest, 0, true, &bytes, cut).await;
        if cut < size {
            assert_eq!(broken.problem(), (408, ProblemCode::Busy), "{size} cut at {cut}");
            assert_eq!(broken.state(), (cut as u64, false), "the answer tells where to go on");
            assert_eq!(phone.head(&router, digest).await.state(), (cut as u64, false));
            let rest = phone.append(&router, digest, cut as u64, true, &bytes[cut..]).await;
            assert_eq!(rest.state(), (size as u64, true), "{size} cut at {cut}");
        } else {
            assert_eq!(broken.state(), (size as u64, true));
        }
        let key = PartKey { device: phone.key.public(), digest };
        assert_eq!(bank.part_bytes(key).await.unwrap(), bytes, "{size} cut at {cut}");
        assert!(phone.cancel(&router, digest).await.status.is_success());
    }
}

#[tokio::test]
async fn a_broken_case_of_20_mb_sends_at_most_one_chunk_again() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bytes = content(1, 20 * 1024 * 1024);
    let (digest, size) = (Digest::of(&bytes), bytes.len());
    let mut router = test.open().router();
    phone.create(&router, &bytes).await;
    let mut offset = 0;
    let mut sent = 0;
    // Broken in the first body, in the middle and at the end, each time with a new process.
    let breaks = [3, 777_777, 9_000_000, 10_485_760, 20_971_519];
    while offset < size {
        let end = size.min(offset + 1024 * 1024);
        let body = &bytes[offset..end];
        match breaks.iter().find(|at| (offset + 1..end).contains(*at)) {
            Some(at) if sent <= *at => {
                let cut = at - offset;
                phone.append_cut(&router, digest, offset as u64, end == size, body, cut).await;
                sent += cut;
                router = test.open().router();
                let (now, complete) = phone.head(&router, digest).await.state();
                assert!(!complete);
                offset = usize::try_from(now).unwrap();
            }
            _ => {
                let seen = phone.append(&router, digest, offset as u64, end == size, body).await;
                sent += body.len();
                assert_eq!(seen.state(), (end as u64, end == size));
                offset = end;
            }
        }
    }
    assert!(sent - size <= CHUNK, "{} bytes were sent again", sent - size);
    let key = PartKey { device: phone.key.public(), digest };
    assert!(test.open().part_bytes(key).await.unwrap() == bytes);
}

/// A process that dies while a body is under way has counted every whole chunk of it.
#[test]
fn a_bank_killed_in_the_middle_of_a_body_loses_less_than_a_chunk() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bytes = content(1, 3 * CHUNK);
    let key = PartKey { device: phone.key.public(), digest: Digest::of(&bytes) };
    let came = 2 * CHUNK + 4711;
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dying = runtime();
    dying.block_on(async {
        let bank = test.open();
        bank.create_part(key, bytes.len() as u64).await.unwrap();
        let body: Body = Box::pin(
            tokio_stream::iter([Ok(bytes[..came].to_vec())]).chain(tokio_stream::pending()),
        );
        let append = bank.append_part(key, 0, true, body);
        let counted = async {
            loop {
                let part = bank.ledger().part(key.device, key.digest).await.unwrap().unwrap();
                if part.received_bytes == 2 * CHUNK as u64 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            ended = append => panic!("{ended:?}"),
            () = counted => {}
        }
    });
    drop(dying);
    runtime().block_on(async {
        let part = test.open().part(key).await.unwrap();
        assert_eq!(part.received_bytes, 2 * CHUNK as u64);
        let router = test.open().router();
        let seen =
            phone.append(&router, key.digest, part.received_bytes, true, &bytes[2 * CHUNK..]).await;
        assert_eq!(seen.state(), (bytes.len() as u64, true));
    });
}

/// Over a real connection: when it breaks the server drops the request, and yet its bytes count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_keeps_every_byte_that_came() {
    use tokio::io::AsyncWriteExt;
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let server = tokio::spawn(crate::serve(listener, bank.clone(), stop.clone()));
    let bytes = content(1, 3 * CHUNK);
    let key = PartKey { device: phone.key.public(), digest: Digest::of(&bytes) };
    bank.create_part(key, bytes.len() as u64).await.unwrap();
    let mut offset = 0;
    for came in [1, 4711, CHUNK - 1, CHUNK, CHUNK + 4711] {
        let request = phone.appending(key.digest, offset as u64, true);
        let rest = &bytes[offset..];
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = request.body(()).unwrap();
        let mut head = format!("PATCH {} HTTP/1.1\r\n", request.uri());
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += &format!("content-length: {}\r\n\r\n", rest.len());
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(&rest[..came - offset]).await.unwrap();
        connection.shutdown().await.unwrap();
        drop(connection);
        loop {
            let part = bank.ledger().part(key.device, key.digest).await.unwrap().unwrap();
            if part.received_bytes == came as u64 {
                break;
            }
            assert!(part.received_bytes < came as u64);
            tokio::task::yield_now().await;
        }
        offset = came;
    }
    let seen =
        phone.append(&bank.router(), key.digest, offset as u64, true, &bytes[offset..]).await;
    assert_eq!(seen.state(), (bytes.len() as u64, true));
    stop.cancel();
    server.await.unwrap().unwrap();
}

/// A phone that lost its network comes back while its broken request still hangs.
#[tokio::test]
async fn a_new_request_ends_the_one_that_hangs_and_finds_its_bytes() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open();
    let bytes = content(1, 1000);
    let key = PartKey { device: phone.key.public(), digest: Digest::of(&bytes) };
    bank.create_part(key, 1000).await.unwrap();
    let (feed, body) = tokio::sync::mpsc::channel(1);
    let body = tokio_stream::wrappers::ReceiverStream::new(body);
    let (hanging, first) = (bank.clone(), bytes[..300].to_vec());
    let task = tokio::spawn(async move { hanging.append_part(key, 0, true, Box::pin(body)).await });
    feed.send(Ok(first)).await.unwrap();
    // The channel has one place: room in it again means that the first bytes were taken.
    let _place = feed.reserve().await.unwrap();
    assert_eq!(bank.part(key).await.unwrap().received_bytes, 300);
    let interrupted = task.await.unwrap().unwrap();
    assert!(matches!(interrupted, Appended::Interrupted(part) if part.received_bytes == 300));
    let seen = phone.append(&bank.router(), key.digest, 300, true, &bytes[300..]).await;
    assert_eq!(seen.state(), (1000, true));
}

/// A server may drop the handler of a connection that broke, or of one that took too long.
#[tokio::test]
async fn an_append_whose_asker_is_dropped_keeps_what_came() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open();
    let bytes = content(1, 1000);
    let key = PartKey { device: phone.key.public(), digest: Digest::of(&bytes) };
    bank.create_part(key, 1000).await.unwrap();
    let (feed, body) = tokio::sync::mpsc::channel(1);
    feed.send(Ok(bytes[..300].to_vec())).await.unwrap();
    let body = tokio_stream::wrappers::ReceiverStream::new(body);
    {
        let append = bank.append_part(key, 0, true, Box::pin(body));
        tokio::select! {
            ended = append => panic!("{ended:?}"),
            place = feed.reserve() => drop(place.unwrap()),
        }
    }
    assert_eq!(bank.part(key).await.unwrap().received_bytes, 300);
}

#[tokio::test]
async fn parallel_appends_of_one_part_never_mix_its_bytes() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open_with_memory();
    let router = bank.router();
    let bytes = content(1, 2 * CHUNK + 99);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    loop {
        let (now, complete) = phone.head(&router, digest).await.state();
        if complete {
            break;
        }
        let from = usize::try_from(now).unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for length in [100_000, 77, CHUNK, 100_000] {
            let end = bytes.len().min(from + length);
            let (phone, router) = (phone.clone(), router.clone());
            let body = bytes[from..end].to_vec();
            let is_end = end == bytes.len();
            tasks.spawn(async move { phone.append(&router, digest, now, is_end, &body).await });
        }
        for seen in tasks.join_all().await {
            assert!([204, 408, 409].contains(&seen.status.as_u16()), "{}", seen.status);
        }
    }
    let key = PartKey { device: phone.key.public(), digest };
    assert!(bank.part_bytes(key).await.unwrap() == bytes);
}

#[tokio::test]
async fn bytes_without_the_digest_are_dropped_and_the_part_begins_anew() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 1000);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    let mut damaged = bytes.clone();
    damaged[500] ^= 1;
    let seen = phone.append(&router, digest, 0, true, &damaged).await;
    assert_eq!(seen.problem(), (422, ProblemCode::PartChecksum));
    assert_eq!(seen.header("upload-complete"), "?1");
    assert_eq!(phone.head(&router, digest).await.problem_of_head(), 404);
    assert_eq!(support::objects_in(&test), 0, "nothing of it is left");
    assert_eq!(phone.create(&router, &bytes).await.status, StatusCode::CREATED);
    let seen = phone.append(&router, digest, 0, true, &bytes).await;
    assert_eq!(seen.state(), (1000, true));
}

#[tokio::test]
async fn another_device_sees_only_its_own_upload() {
    let test = TestBank::new();
    let (mine, theirs) = (Phone::new(1), Phone::new(2));
    let bank = test.open();
    let router = bank.router();
    let bytes = content(1, 1000);
    let digest = Digest::of(&bytes);
    mine.upload(&router, &bytes).await;
    assert_eq!(theirs.head(&router, digest).await.problem_of_head(), 404);
    assert_eq!(theirs.cancel(&router, digest).await.problem(), (404, ProblemCode::PartUnknown));
    let seen = theirs.append(&router, digest, 1000, true, b"").await;
    assert_eq!(seen.problem(), (404, ProblemCode::PartUnknown));
    let begun = theirs.create(&router, &bytes).await;
    assert_eq!((begun.status.as_u16(), begun.state()), (201, (0, false)), "no bytes to claim");
    let key = PartKey { device: theirs.key.public(), digest };
    assert!(matches!(bank.part_bytes(key).await, Err(PartError::Unknown)));
    assert!(theirs.cancel(&router, digest).await.status.is_success());
    assert_eq!(mine.head(&router, digest).await.state(), (1000, true));
    let key = PartKey { device: mine.key.public(), digest };
    assert_eq!(bank.part_bytes(key).await.unwrap(), bytes);
}

#[tokio::test]
async fn what_nobody_finishes_or_names_expires_and_leaves_nothing() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let bank = test.open();
    let router = bank.router();
    let (begun, whole) = (content(1, 1000), content(2, 1000));
    phone.create(&router, &begun).await;
    phone.append(&router, Digest::of(&begun), 0, false, &begun[..10]).await;
    phone.upload(&router, &whole).await;
    let day = 24 * 3600 * 1000;
    test.pass(30 * day - 1);
    assert_eq!(bank.sweep_parts().await.unwrap(), Swept::default());
    // Progress gives it another 30 days.
    let phone = phone.at(test.now_ms());
    phone.append(&router, Digest::of(&begun), 10, false, &begun[10..20]).await;
    test.pass(30 * day - 1);
    assert_eq!(bank.sweep_parts().await.unwrap().expired, 0);
    test.pass(2);
    let swept = bank.sweep_parts().await.unwrap();
    assert_eq!(swept, Swept { expired: 2, cleared: 2 }, "30 days and 60 days");
    let phone = phone.at(test.now_ms());
    for bytes in [&begun, &whole] {
        let seen = phone.head(&router, Digest::of(bytes)).await;
        assert_eq!(seen.problem_of_head(), 404);
    }
    assert_eq!(support::objects_in(&test), 0);
    phone.upload(&router, &whole).await;
}

#[tokio::test]
async fn what_a_device_has_pending_is_bounded_and_its_own_affair() {
    let test = TestBank::new();
    let (phone, other) = (Phone::new(1), Phone::new(2));
    let router = test.open_with_memory().router();
    let largest = MAX_PART_BYTES;
    let mut begun = 0;
    let refused = loop {
        let digest = Digest::of(&[begun]);
        let seen = phone.create_sized(&router, digest, largest).await;
        if seen.status != StatusCode::CREATED {
            break seen;
        }
        begun += 1;
    };
    assert_eq!(refused.problem(), (429, ProblemCode::PartQuota));
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(u64::from(begun), MAX_PENDING_BYTES / largest);
    let digest = Digest::of(b"other");
    assert_eq!(other.create_sized(&router, digest, largest).await.status, StatusCode::CREATED);
    assert!(phone.cancel(&router, Digest::of(&[0])).await.status.is_success());
    assert_eq!(phone.create_sized(&router, digest, largest).await.status, StatusCode::CREATED);
    let large = phone.create_sized(&router, Digest::of(b"x"), largest + 1).await;
    assert_eq!(large.problem(), (413, ProblemCode::PartTooLarge));
    assert!(large.header("upload-limit").starts_with("max-size=20971776"));
}

/// After a restore the ledger may count on objects that are gone.
#[tokio::test]
async fn a_part_whose_objects_are_lost_begins_anew() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 1000);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    phone.append(&router, digest, 0, false, &bytes[..600]).await;
    std::fs::remove_dir_all(test.folder().objects().join("parts")).unwrap();
    let seen = phone.append(&router, digest, 600, true, &bytes[600..]).await;
    assert_eq!(seen.problem(), (404, ProblemCode::PartUnknown));
    phone.upload(&router, &bytes).await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_look_into_the_folder_of_objects() {
    use std::os::unix::fs::PermissionsExt;
    let test = TestBank::new();
    let _bank = test.open();
    let mode = std::fs::metadata(test.folder().objects()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
}

#[test]
fn an_address_of_objects_is_checked() {
    for address in ["", "s3://", "s3:///x", "/folder", "http://h/b", "file:///x"] {
        let refused = Objects::at_address(address).unwrap_err();
        assert!(matches!(refused, ObjectsError::Address(_)), "{address}: {refused}");
    }
    if !cfg!(feature = "s3") {
        let refused = Objects::at_address("s3://bucket/prefix").unwrap_err();
        assert!(matches!(refused, ObjectsError::NotBuilt), "{refused}");
    }
}
