//! Everything the phone does except the screen.
//!
//! A [`Client`] has one method per command of `wire::ipc::COMMANDS`, a background task that brings
//! sealed envelopes to the bank, and one event: [`Client::changes`]. Hosts (the Tauri shell, the
//! loopback server of the tests) do nothing but pass commands through and supply [`Ports`].
//!
//! | step | module |
//! | --- | --- |
//! | scan | [`scan`]: picture, frame, link or number to a draft |
//! | consent | [`consent`]: a press is kept; a record is signed; a withdrawal overtakes |
//! | hand over | [`officer`]: who may not press; [`owner_mode`]: an officer's device in an owner's hands |
//! | copy | [`copy`]: the words of consents for the owner to keep, and the file of them |
//! | visit | [`visit`]: an own phone is asked by codes, and answers by codes |
//! | submit | [`submit`]: checked, signed, sealed, saved |
//! | send | [`courier`], [`bank_api`], [`transport`]: until the bank's signature is here |
//! | go on | [`again`]: what was held is asked anew; [`repair`]: what was damaged is read again |
//!
//! Only SQLite is state: `client.db` (rows about a person encrypted by the [`vault`]) and
//! `outbox.db` (sealed to the bank). The process may vanish at any line.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod again;
pub mod bank_api;
pub mod cases;
mod certificates;
mod chain;
pub mod consent;
pub mod copy;
mod core;
pub mod courier;
pub mod drafts;
pub mod evidence;
mod export;
#[cfg(feature = "failpoints")]
pub mod failpoint;
#[cfg(not(feature = "failpoints"))]
mod failpoint;
pub mod home;
pub mod known;
mod lost;
pub mod officer;
pub mod os_key_store;
mod outbox_page;
pub mod owner_mode;
pub mod parts;
pub mod ports;
pub mod post;
mod problem;
mod proof;
mod qr;
mod records;
pub mod repair;
pub mod scan;
pub mod status;
pub mod store;
pub mod submit;
pub mod tls;
pub mod transport;
mod upstream;
pub mod vault;
pub mod visit;
mod wall_time;

pub use crate::core::{Config, StartError};
pub use courier::TurnEnd;
pub use ports::Ports;
pub use repair::Start;
pub use wire::{
    bank::ApplicationStatus,
    ipc,
    problem::{Problem, ProblemCode},
    trust::Trust,
};

use crate::core::Core;
use ipc::*;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use transport::Transport;
use uuid::Uuid;

/// The client of one person on one device. Clones share it.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Client {
    /// Opens the client's files. Blocks: on the disk, and perhaps on the operating system's unlock
    /// prompt.
    ///
    /// # Errors
    /// [`StartError`]; the files are left as they are.
    pub fn open(config: Config, ports: Ports) -> Result<Self, StartError> {
        Self::over(config, ports, None)
    }

    /// [`open`](Client::open) over another transport than the real one: for simulations.
    ///
    /// # Errors
    /// [`StartError`]; the files are left as they are.
    pub fn open_over(
        config: Config,
        ports: Ports,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        Self::over(config, ports, Some(transport))
    }

    fn over(
        config: Config,
        ports: Ports,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Self, StartError> {
        let core = Arc::new(Core::open(config, ports, transport)?);
        Ok(Self { core, stop: CancellationToken::new(), tasks: TaskTracker::new() })
    }

    /// Starts the courier on the current tokio runtime. Call it once.
    pub fn start(&self) {
        self.tasks.spawn(courier::run(Arc::clone(&self.core), self.stop.clone()));
        self.tasks.spawn(tell_of_the_outbox(Arc::clone(&self.core), self.stop.clone()));
        self.tasks.close();
    }

    /// Wakes the courier: the app came back to the front, or the device woke up.
    pub fn resumed(&self) {
        self.core.wake.notify_one();
    }

    /// Stops the courier and waits for it. What was in flight is sent again at the next start.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    /// One turn of the courier, for hosts without a background (and for tests): everything that is
    /// due now.
    pub async fn deliver_due(&self) -> TurnEnd {
        courier::turn(&self.core).await
    }

    /// Purges the sealed bytes that nobody needs any more.
    ///
    /// # Errors
    /// [`Problem`]; while the vault is locked nothing is purged, since drafts may name parts.
    pub async fn purge(&self) -> Result<outbox::Purged, Problem> {
        self.blocking(|core| Ok(core.purge_sealed()?)).await
    }

    /// Grows each time the screen should look again.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.core.changes()
    }

    /// The first screen.
    pub async fn home(&self) -> Result<HomeView, Problem> {
        self.in_any_hands(|core| Ok(core.home()?)).await
    }

    /// Reads the codes in a picture file.
    pub async fn read_picture(&self, picture: Vec<u8>) -> Result<CodesView, Problem> {
        self.blocking(move |_| Ok(scan::read_picture(&picture)?)).await
    }

    /// Reads the codes in a camera frame, as [`Frame`] says.
    pub async fn read_frame(&self, body: Vec<u8>) -> Result<CodesView, Problem> {
        self.blocking(move |_| Ok(scan::read_frame(body)?)).await
    }

    /// The codes in view, or a pasted text, to a draft.
    pub async fn open_codes(&self, request: OpenCodesRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.open_codes(&request.texts)?)).await
    }

    /// Takes a link from the system; the screen is told, and asks with [`Client::open_link`].
    pub fn hand_over(&self, link: String) {
        self.core.hand_over(link);
    }

    /// The link that waits to a draft.
    pub async fn open_link(&self) -> Result<DraftView, Problem> {
        self.blocking(|core| Ok(core.open_link()?)).await
    }

    /// A typed branch number to a draft.
    pub async fn enter_branch(&self, request: EnterBranchRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.enter_branch(&request.number)?)).await
    }

    /// A draft, whole.
    pub async fn draft(&self, request: DraftRequest) -> Result<DraftView, Problem> {
        self.in_any_hands(move |core| {
            core.admit(Some(&request.draft_id))?;
            Ok(core.draft(&request.draft_id)?)
        })
        .await
    }

    /// A press on a consent page.
    pub async fn decide_consent(
        &self,
        request: DecideConsentRequest,
    ) -> Result<DraftView, Problem> {
        self.in_any_hands(move |core| {
            core.admit(Some(&request.draft_id))?;
            Ok(core.decide_consent(request)?)
        })
        .await
    }

    /// The officer hands the device to the owner; until it is left, only this draft can be reached.
    ///
    /// # Errors
    /// [`Problem`]: `pin_shape`, `officer_unknown`, or `form_rules` without a good enterprise code.
    pub async fn enter_owner_mode(
        &self,
        request: EnterOwnerModeRequest,
    ) -> Result<DraftView, Problem> {
        let EnterOwnerModeRequest { draft_id, pin } = request;
        self.blocking(move |core| Ok(core.enter_owner_mode(&draft_id, &pin)?)).await
    }

    /// The device is back in the officer's hands.
    ///
    /// # Errors
    /// [`Problem`]: `pin_wrong`, or `pin_paused` with `retry_after_s`.
    pub async fn leave_owner_mode(
        &self,
        request: LeaveOwnerModeRequest,
    ) -> Result<HomeView, Problem> {
        self.in_any_hands(move |core| Ok(core.leave_owner_mode(&request.pin)?)).await
    }

    /// A value as typed.
    pub async fn set_field(&self, request: SetFieldRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.set_field(request)?)).await
    }

    /// A business licence to a draft's enterprise code.
    pub async fn fill_licence(&self, request: FillLicenceRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.fill_licence(&request.draft_id, &request.texts)?)).await
    }

    /// "Not your shop?"
    pub async fn forget_shop(&self, request: DraftRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.forget_shop(&request.draft_id)?)).await
    }

    /// The codes that ask an owner's own phone for the consents of a draft.
    pub async fn request_code(&self, request: DraftRequest) -> Result<CodePiecesView, Problem> {
        self.blocking(move |core| Ok(core.request_code(&request.draft_id)?)).await
    }

    /// The codes in view, of the answer to a draft's request.
    pub async fn read_answer(&self, request: ReadAnswerRequest) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.read_answer(&request.draft_id, &request.texts)?)).await
    }

    /// The codes that bring the decided consents back to the device that asked.
    pub async fn answer_code(&self, request: DraftRequest) -> Result<CodePiecesView, Problem> {
        self.blocking(move |core| Ok(core.answer_code(&request.draft_id)?)).await
    }

    /// A draft to a sealed application in the outbox.
    pub async fn submit(&self, request: DraftRequest) -> Result<CaseView, Problem> {
        self.blocking(move |core| Ok(core.submit(&request.draft_id)?)).await
    }

    /// Deletes a draft.
    pub async fn discard_draft(&self, request: DraftRequest) -> Result<HomeView, Problem> {
        self.blocking(move |core| {
            core.discard_draft(&request.draft_id)?;
            Ok(core.home()?)
        })
        .await
    }

    /// A submitted case.
    pub async fn case(&self, request: CaseRequest) -> Result<CaseView, Problem> {
        self.blocking(move |core| Ok(core.case(case_id(&request)?)?)).await
    }

    /// Whether there is room for a photo: asked before the camera opens.
    ///
    /// # Errors
    /// [`Problem`] `disk_low`.
    pub async fn check_room(&self) -> Result<(), Problem> {
        self.blocking(|core| Ok(core.check_room()?)).await
    }

    /// Seals a photo or file and adds it to a draft. `kind` is a word such as `licence`.
    pub async fn add_part(
        &self,
        request: DraftRequest,
        kind: String,
        media_type: String,
        content: Vec<u8>,
    ) -> Result<DraftView, Problem> {
        self.blocking(move |core| {
            Ok(core.add_part(&request.draft_id, &kind, &media_type, &content)?)
        })
        .await
    }

    /// Takes a photo or file out of a draft, by its digest.
    pub async fn remove_part(
        &self,
        request: DraftRequest,
        digest: String,
    ) -> Result<DraftView, Problem> {
        self.blocking(move |core| Ok(core.remove_part(&request.draft_id, &digest)?)).await
    }

    /// A page of the outbox.
    pub async fn outbox(&self, request: OutboxRequest) -> Result<OutboxView, Problem> {
        self.blocking(move |core| Ok(core.outbox_view(&request)?)).await
    }

    /// Makes everything that waits due, and wakes the courier.
    pub async fn send_now(&self, request: OutboxRequest) -> Result<OutboxView, Problem> {
        self.blocking(move |core| {
            core.outbox.retry_now().map_err(cases::CaseError::from)?;
            core.wake.notify_one();
            Ok(core.outbox_view(&request)?)
        })
        .await
    }

    /// Sends a parked entry once more.
    pub async fn send_again(&self, request: CaseRequest) -> Result<EntryView, Problem> {
        self.blocking(move |core| Ok(core.send_again(case_id(&request)?)?)).await
    }

    /// A new draft of a case that is held, was refused, or is gone from the outbox.
    ///
    /// # Errors
    /// [`Problem`]. One that is gone may have been delivered before: the bank is asked first, so it
    /// is refused offline, and with `case_already_delivered` when the bank has it.
    pub async fn ask_again(&self, request: CaseRequest) -> Result<DraftView, Problem> {
        let id = case_id(&request)?;
        self.core.admit(None)?;
        if self.core.is_lost(id) && self.core.is_at_bank(id).await? {
            return Err(cases::CaseError::Delivered.into());
        }
        self.blocking(move |core| Ok(core.ask_again(id)?)).await
    }

    /// Takes a case back before delivery.
    pub async fn take_back(&self, request: CaseRequest) -> Result<EntryView, Problem> {
        self.blocking(move |core| Ok(core.take_back(case_id(&request)?)?)).await
    }

    /// Writes a file of an entry for the help line.
    pub async fn export_case(&self, request: CaseRequest) -> Result<ExportView, Problem> {
        self.blocking(move |core| Ok(core.export_case(case_id(&request)?)?)).await
    }

    /// Fetches the evidence bundle of a delivered application and writes it into a file.
    ///
    /// # Errors
    /// [`Problem`]: `offline`, what the bank refused with, or `evidence_invalid`; nothing is written.
    pub async fn export_evidence(&self, request: CaseRequest) -> Result<ExportView, Problem> {
        let id = case_id(&request)?;
        self.core.admit(None)?;
        let bundle = self.core.evidence(id).await?;
        self.blocking(move |core| Ok(core.export_evidence(id, &bundle)?)).await
    }

    /// Forgets a case that is gone from the outbox.
    pub async fn forget_lost(&self, request: CaseRequest) -> Result<HomeView, Problem> {
        self.blocking(move |core| {
            core.forget_lost(case_id(&request)?)?;
            Ok(core.home()?)
        })
        .await
    }

    /// All consents of this device.
    pub async fn consents(&self) -> Result<ConsentsView, Problem> {
        self.blocking(|core| Ok(core.consents()?)).await
    }

    /// Takes a consent back.
    pub async fn withdraw_consent(
        &self,
        request: WithdrawConsentRequest,
    ) -> Result<ConsentsView, Problem> {
        self.blocking(move |core| Ok(core.withdraw_consent(&request.record_id)?)).await
    }

    /// Keeps what the person says of an authorisation at the source.
    ///
    /// # Errors
    /// [`Problem`]: `consent_unknown` when that consent awaits none.
    pub async fn say_upstream(&self, request: SayUpstreamRequest) -> Result<ConsentsView, Problem> {
        let SayUpstreamRequest { record_id, done } = request;
        self.blocking(move |core| Ok(core.say_upstream(&record_id, done)?)).await
    }

    /// What stands on a copy of consents.
    pub async fn consent_copy(&self, request: CopyRequest) -> Result<CopyView, Problem> {
        self.blocking(move |core| Ok(core.consent_copy(&request)?)).await
    }

    /// Keeps the drawn sheets of a copy as a file.
    pub async fn save_copy(&self, request: SaveCopyRequest) -> Result<ExportView, Problem> {
        self.blocking(move |core| Ok(core.save_copy(&request)?)).await
    }

    /// Keeps what a person set.
    pub async fn set_preferences(
        &self,
        request: SetPreferencesRequest,
    ) -> Result<HomeView, Problem> {
        self.in_any_hands(move |core| Ok(core.set_preferences(&request)?)).await
    }

    /// Keeps whose device this is.
    ///
    /// # Errors
    /// [`Problem`]: `officer_unknown`, or `catalogue_missing`.
    pub async fn set_officer(&self, request: SetOfficerRequest) -> Result<HomeView, Problem> {
        self.blocking(move |core| Ok(core.set_officer(request.staff_number.as_deref())?)).await
    }

    /// Puts the store's key behind a passphrase.
    pub async fn set_passphrase(&self, request: PassphraseRequest) -> Result<HomeView, Problem> {
        self.blocking(move |core| Ok(core.set_passphrase(&request.passphrase)?)).await
    }

    /// Opens a locked store.
    pub async fn unlock(&self, request: PassphraseRequest) -> Result<HomeView, Problem> {
        self.in_any_hands(move |core| Ok(core.unlock(&request.passphrase)?)).await
    }

    /// Asks the bank where a delivered application stands.
    ///
    /// # Errors
    /// [`Problem`]: `offline`, or what the bank refused with.
    pub async fn status(&self, request: CaseRequest) -> Result<ApplicationStatus, Problem> {
        self.core.admit(None)?;
        Ok(self.core.status(case_id(&request)?).await?)
    }

    /// Runs `act` on the blocking pool; refused while an owner holds an officer's device.
    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Core) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.in_any_hands(move |core| {
            core.admit(None)?;
            act(core)
        })
        .await
    }

    /// Runs `act` on the blocking pool, whoever holds the device.
    async fn in_any_hands<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Core) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let core = Arc::clone(&self.core);
        tokio::task::spawn_blocking(move || act(&core)).await.unwrap_or_else(|e| {
            tracing::error!("an operation ended early: {e}");
            Err(Problem::new(ProblemCode::Internal, "an operation ended early"))
        })
    }
}

/// Has the screen look again after each change of the outbox: counts and progress are its own word.
async fn tell_of_the_outbox(core: Arc<Core>, stop: CancellationToken) {
    let mut changes = core.outbox.changes();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = changes.changed() => core.changed(),
            else => return,
        }
    }
}

fn case_id(request: &CaseRequest) -> Result<Uuid, Problem> {
    Uuid::try_parse(&request.case_id)
        .map_err(|_| Problem::new(ProblemCode::CaseUnknown, "not a case id"))
}
