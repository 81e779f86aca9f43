//! Whom the client speaks to over TLS: the bank with a pinned key, and nobody else.

use super::{entry, not_reached, saved, state};
use bank::server_keys::{add_server_key, revoke_server_key};
use client::{Client, Trust, courier::TurnEnd, ipc::*, ports::Clock};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use sanbu_tests::world::FIRST_PAGE;
use sanbu_tests::{
    World,
    clock::{DAY_MS, FakeClock, START},
    proxy::answer_with,
    tls_servers::{Authority, End, Front, Leaf, Server, self_signed, server_hello},
};
use seal::Timestamp;

/// A bank behind TLS, and what is good for it.
struct Street {
    world: World,
    front: Front,
    authority: Authority,
    key: KeyPair,
    trust: Trust,
}

fn pin(key: &KeyPair) -> String {
    bank::server_keys::pin(key.public_key_pem().as_bytes()).unwrap().to_hex()
}

impl Street {
    async fn new() -> Self {
        let world = World::new().await;
        let front = Front::before(world.network.socket()).await;
        let (authority, key) = (Authority::new("the bank's"), KeyPair::generate().unwrap());
        let trust = Trust {
            address: front.address(),
            tls_pins: vec![pin(&key)],
            tls_authorities: vec![authority.pem.clone()],
            ..world.trust().clone()
        };
        let street = Self { world, front, authority, key, trust };
        street.front.put(street.good()).await;
        street
    }

    fn good(&self) -> Server {
        Server::Tls(self.authority.server(&Leaf::good(), &self.key))
    }

    fn with(&self, change: impl FnOnce(&mut Leaf)) -> Server {
        let mut leaf = Leaf::good();
        change(&mut leaf);
        Server::Tls(self.authority.server(&leaf, &self.key))
    }

    /// What the client finds at the server in place. The end of its connection to the one before is
    /// no answer of this one.
    async fn turn(&self, client: &Client) -> TurnEnd {
        loop {
            let end = client.deliver_due().await;
            if self.front.connections() > 0 {
                return end;
            }
        }
    }

    async fn saved(&self) -> (Client, CaseView) {
        saved(&self.world, &self.world.device("phone").with_trust(self.trust.clone())).await
    }
}

#[tokio::test]
async fn not_a_byte_of_a_request_goes_to_a_server_that_is_not_the_banks() {
    let mut street = Street::new().await;
    // So that it is the certificate's use that is refused, not its key.
    let itself_key = KeyPair::generate().unwrap();
    street.trust.tls_pins.push(pin(&itself_key));
    let itself = Authority::with_key("localhost", itself_key);
    street.trust.tls_authorities.push(itself.pem.clone());
    let (client, case) = street.saved().await;

    let (authority, key) = (&street.authority, &street.key);
    let stranger = KeyPair::generate().unwrap();
    let good = Leaf::good();
    let expired = Leaf { to_year: 2026, ..Leaf::good() };
    let portal = |config| Server::Tls(config);
    let raw = Server::Raw;
    let (not_the_bank, nobody) = (Connection::Portal, Connection::Offline);
    let clock = Connection::Clock;
    let servers = [
        ("self-signed", portal(self_signed(&stranger)), not_the_bank),
        ("self-signed with the pinned key", portal(self_signed(key)), not_the_bank),
        (
            "another authority, pinned key",
            portal(Authority::new("another").server(&good, key)),
            not_the_bank,
        ),
        (
            "another authority of the same name",
            portal(Authority::new("the bank's").server(&good, key)),
            not_the_bank,
        ),
        ("wrong pin, valid chain", portal(authority.server(&good, &stranger)), not_the_bank),
        ("wrong name", street.with(|leaf| leaf.host = "bank.example"), not_the_bank),
        ("expired", street.with(|leaf| leaf.to_year = 2026), clock),
        ("not yet valid", street.with(|leaf| leaf.from_year = 2027), clock),
        ("expired, wrong pin", portal(authority.server(&expired, &stranger)), not_the_bank),
        (
            "a certificate for clients",
            street.with(|leaf| leaf.purpose = ExtendedKeyUsagePurpose::ClientAuth),
            not_the_bank,
        ),
        ("an authority as a server", Server::Tls(itself.server_as_itself()), not_the_bank),
        ("demands a client's certificate", portal(authority.server_for_known_clients(key)), nobody),
        ("TLS 1.0", raw(server_hello([3, 1], [0; 8]), End::HalfClose), nobody),
        ("TLS 1.1", raw(server_hello([3, 2], [0; 8]), End::HalfClose), nobody),
        ("downgrade to 1.2", raw(server_hello([3, 3], *b"DOWNGRD\x01"), End::HalfClose), nobody),
        ("half-close in the handshake", raw(Vec::new(), End::HalfClose), nobody),
        ("close in the handshake", raw(Vec::new(), End::Close), nobody),
        ("reset in the handshake", raw(Vec::new(), End::Reset), nobody),
        ("half a flight", Server::CutFlight(authority.server(&good, key)), nobody),
        ("noise", raw(vec![0x5a; 300], End::HalfClose), nobody),
        (
            "plain HTTP",
            raw(answer_with(200, &[("content-type", "text/html")], b"hello"), End::HalfClose),
            nobody,
        ),
    ];
    for (name, server, connection) in servers {
        street.front.put(server).await;
        assert_eq!(street.turn(&client).await, not_reached(connection), "{name}");
        assert_eq!(street.front.inside(), b"", "{name}");
        let outside = street.front.outside();
        assert!(!outside.windows(4).any(|bytes| bytes == b"/v1/"), "{name}: in clear");
        assert_eq!(entry(&client).await, (CaseState::Queued, 0), "{name}");
        assert_eq!(client.outbox(FIRST_PAGE).await.unwrap().connection, connection, "{name}");
    }
    assert_eq!(street.world.network.deliveries(), 0);

    street.front.put(street.good()).await;
    street.turn(&client).await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let other = Front::before(street.world.network.socket()).await;
    other.put(street.good()).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/v1/ping", other.address());
        let answer = answer_with(status, &[("location", &to)], b"");
        let config = street.authority.server(&Leaf::good(), &street.key);
        street.front.put(Server::Says(config, answer)).await;
        assert_eq!(street.turn(&client).await, not_reached(Connection::Portal));
        let asked = String::from_utf8(street.front.inside()).unwrap();
        assert!(asked.starts_with("GET /v1/ping?nonce="), "no envelope is shown: {asked}");
        assert_eq!(asked.matches("HTTP/1.1").count(), 1);
    }
    assert_eq!(other.connections(), 0);
    street.front.put(street.good()).await;
    street.turn(&client).await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[tokio::test]
async fn keys_rotate_by_the_directory_and_a_revoked_one_is_refused_for_good() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let (folder, next) = (street.world.bank_folder(), KeyPair::generate().unwrap());
    let shown = |key: &KeyPair| Server::Tls(street.authority.server(&Leaf::good(), key));
    let learns = async |client: &Client| {
        street.world.network.disconnect();
        street.world.start_bank();
        street.world.clock.pass_ms(25 * 3600 * 1000);
        assert!(matches!(street.turn(client).await, TurnEnd::Rest(_)));
    };

    street.front.put(shown(&next)).await;
    assert_eq!(street.turn(&client).await, not_reached(Connection::Portal), "not named yet");
    street.front.put(street.good()).await;
    let now = street.world.clock.now();
    add_server_key(&folder, next.public_key_pem().as_bytes(), now).unwrap();
    learns(&client).await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);

    street.front.put(shown(&next)).await;
    assert!(matches!(street.turn(&client).await, TurnEnd::Rest(_)), "the directory names it");
    let now = street.world.clock.now();
    revoke_server_key(&folder, street.key.public_key_pem().as_bytes(), now).unwrap();
    learns(&client).await;

    street.front.put(street.good()).await;
    assert_eq!(street.turn(&client).await, not_reached(Connection::Portal), "revoked");
    drop(client);
    let device = street.world.device("phone").with_trust(street.trust.clone());
    let client = device.start();
    assert_eq!(street.turn(&client).await, not_reached(Connection::Portal), "also after a start");
    street.front.put(shown(&next)).await;
    assert!(matches!(street.turn(&client).await, TurnEnd::Rest(_)));
}

#[tokio::test]
async fn a_device_with_a_clock_of_1970_still_reads_a_good_certificate() {
    let street = Street::new().await;
    let clock = FakeClock::at(START);
    let device = street.world.device("phone").with_trust(street.trust.clone());
    let device = device.with_clock(clock.clone());
    let (client, case) = saved(&street.world, &device).await;
    drop(client);
    clock.set(Timestamp::from_millis(0));
    let client = device.start();
    street.turn(&client).await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[tokio::test]
async fn a_device_ten_years_ahead_waits_until_its_clock_is_right() {
    let street = Street::new().await;
    let clock = FakeClock::at(START);
    let device = street.world.device("phone").with_trust(street.trust.clone());
    let (client, case) = saved(&street.world, &device.with_clock(clock.clone())).await;
    street.front.put(street.good()).await;
    clock.pass_ms(3652 * DAY_MS);
    assert_eq!(street.turn(&client).await, not_reached(Connection::Clock));
    assert_eq!(entry(&client).await, (CaseState::Queued, 0));
    clock.set(START);
    street.turn(&client).await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[test]
fn https_without_a_pin_or_with_a_broken_authority_is_refused_at_start_with_words() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let street = Street::new().await;
        let start = |trust: Trust| {
            let config = client::Config {
                data: tempfile::tempdir().unwrap().keep(),
                trust,
                app_version: "0.1.0-test".into(),
                program: None,
            };
            Client::open(config, client::Ports::system()).map(drop).unwrap_err().to_string()
        };
        let trust = Trust { tls_pins: Vec::new(), ..street.trust.clone() };
        assert_eq!(start(trust), "an https address needs the pin of its server's key in tls_pins");
        let trust = Trust { tls_authorities: vec!["x".into()], ..street.trust.clone() };
        assert_eq!(start(trust), "an authority in tls_authorities is not a certificate");
        let trust = Trust { address: "http://bank.example".into(), ..street.trust.clone() };
        assert_eq!(start(trust), "the address must be https, or http on loopback");
    });
}

/// Set in the process where the device's authorities hold one that the user added.
const DEVICE_AUTHORITY: &str = "SANBU_TEST_DEVICE_AUTHORITY";

#[test]
fn an_authority_that_the_user_added_to_the_device_is_not_believed() {
    if let Some(key) = std::env::var_os(DEVICE_AUTHORITY) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(with_an_authority_of_the_user(key.as_ref()));
    }
    let folder = tempfile::tempdir().unwrap();
    let (key, list) = (folder.path().join("key.pem"), folder.path().join("authorities.pem"));
    let made = KeyPair::generate().unwrap();
    std::fs::write(&key, made.serialize_pem()).unwrap();
    std::fs::write(&list, Authority::with_key("the user's", made).pem).unwrap();
    let name = "tls::an_authority_that_the_user_added_to_the_device_is_not_believed";
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", name]).env(DEVICE_AUTHORITY, &key).env("SSL_CERT_FILE", &list);
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

async fn with_an_authority_of_the_user(key: &std::path::Path) {
    let street = Street::new().await;
    let (client, _) = street.saved().await;
    let key = KeyPair::from_pem(&std::fs::read_to_string(key).unwrap()).unwrap();
    let users = Authority::with_key("the user's", key);
    street.front.put(Server::Tls(users.server(&Leaf::good(), &street.key))).await;

    rustls::crypto::ring::default_provider().install_default().unwrap();
    let ping = format!("{}/v1/ping?nonce={}", street.front.address(), "0".repeat(32));
    let usual = reqwest::get(&ping).await.expect("the device believes it");
    assert_eq!(usual.status(), 200);
    let before = street.front.inside().len();

    assert_eq!(client.deliver_due().await, not_reached(Connection::Portal));
    let trust = Trust { tls_authorities: Vec::new(), ..street.trust.clone() };
    let client = street.world.device("another phone").with_trust(trust).start();
    assert_eq!(client.deliver_due().await, not_reached(Connection::Portal), "nor beside Mozilla's");
    assert_eq!(street.front.inside().len(), before, "not a byte");
}
