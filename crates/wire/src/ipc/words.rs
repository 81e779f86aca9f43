//! Closed sets of words on the screen.

use serde::{Deserialize, Serialize};

/// Declares closed sets of words: snake_case on the wire, unions in TypeScript.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident $body:tt)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(rename_all = "snake_case")]
            #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
            pub enum $name $body
        )+
    };
}

words! {
    /// A language of the screen.
    Locale {
        /// Simplified Chinese.
        #[serde(rename = "zh-Hans")]
        ZhHans,
        /// English.
        #[serde(rename = "en")]
        En,
    }

    /// What a copy of consents is of.
    CopyOf {
        /// All consents of a case.
        Case,
        /// One record.
        Record,
    }

    /// How a copy of consents is kept.
    CopyFile {
        /// One tall picture: PNG.
        Picture,
        /// Pages of A4: PDF.
        Pages,
    }

    /// How a piece of a copy is set.
    CopyStyle {
        /// What the sheet is.
        Title,
        /// Smaller and paler.
        Soft,
        /// A part begins.
        Heading,
        /// The question of a consent.
        Question,
        /// What was answered.
        Answer,
        /// A short line with its label in front.
        Fact,
        /// A paragraph.
        Text,
        /// Signs to be compared one by one.
        Mark,
        /// A code; its label says what it is for.
        Code,
    }

    /// What keeps a frame from being read.
    ScanHint {
        /// Too little light.
        TooDark,
        /// The code is there, but its squares are too small.
        TooFar,
        /// Moved, or out of focus.
        Blurred,
    }

    /// Where a draft stands.
    DraftStep {
        /// A consent page; `DraftView::consent_at` says which.
        Consent,
        /// Consents are still to be decided, and not by the officer who holds the device.
        HandOver,
        /// The form.
        Form,
        /// Every notice that another device asked about is answered: its answer code is shown.
        Answer,
    }

    /// What kind of data a consent is about.
    ConsentKind {
        /// Tax returns and payments.
        Tax,
        /// Takings: payments into the shop's accounts.
        Transactions,
        /// Invoices made out and received.
        Invoices,
        /// Bills, social insurance and other public records.
        PublicRecords,
        /// Orders on selling and delivery platforms.
        PlatformOrders,
        /// The business registry.
        BusinessRegistry,
        /// A query of a person's credit report.
        CreditQuery,
        /// Telling the credit database about the loan.
        CreditReporting,
        /// Passing the application on to a guarantee company.
        PassingOn,
    }

    /// What became of a consent.
    ConsentDecision {
        /// Neither button was pressed yet.
        Undecided,
        /// Agreed.
        Given,
        /// Refused; asked no more in this application.
        Refused,
        /// Agreed once, taken back since.
        Withdrawn,
    }

    /// How far the end of a consent is at the bank.
    StopState {
        /// Waits on this device.
        Queued,
        /// The bank has the withdrawal; its certificate is not here yet.
        Asked,
        /// The bank's certificate is here.
        Stopped,
    }

    /// What rested on a consent at the bank.
    StoppedThing {
        /// The consent record.
        Consent,
        /// The withdrawal's record.
        Withdrawal,
        /// Reads that were waiting.
        Reads,
        /// What was read.
        Data,
        /// The application.
        Application,
    }

    /// What the bank did with it.
    StopDone {
        /// Deleted.
        Deleted,
        /// Cancelled.
        Cancelled,
        /// Kept.
        Kept,
        /// There was none.
        NoneThere,
    }

    /// Why the bank keeps something.
    KeptWhy {
        /// As proof of what was agreed and done.
        Proof,
        /// A decision was made with it.
        Decided,
        /// A contract was made.
        Contract,
        /// The applicant asked for the loan and still does.
        Asked,
    }

    /// From when the days of keeping count.
    KeptFrom {
        /// From the day the loan was declined.
        Declined,
        /// From the day the loan was repaid.
        LoanEnded,
    }

    /// One line of a consent page, in the order shown.
    NoticeLine {
        /// Who looks.
        Who,
        /// What is looked at.
        What,
        /// What for.
        Why,
        /// How long it is kept.
        Kept,
        /// How to take it back.
        Withdraw,
    }

    /// A person's answer on a consent page.
    ConsentAnswer {
        /// The agree button.
        Give,
        /// The refuse button.
        Refuse,
    }

    /// How the button was pressed, for the record.
    PressedWith {
        /// Finger or mouse.
        Pointer,
        /// Keyboard or switch.
        Keyboard,
    }

    /// How a page was adapted to the person, for the record.
    Adapted {
        /// Large type.
        LargeType,
        /// The system's high-contrast colours.
        Contrast,
        /// Less motion.
        LessMotion,
        /// Light text on dark.
        Dark,
    }

    /// What stands in the outbox.
    EntryKind {
        /// An application.
        Application,
        /// The withdrawal of a consent.
        Withdrawal,
    }

    /// Where a case stands on this device.
    CaseState {
        /// Saved, not sent.
        Queued,
        /// The bank's signed acknowledgement was verified.
        Delivered,
        /// Needs a person; see the reason.
        Parked,
        /// Taken back before delivery.
        Cancelled,
    }

    /// Why an entry waits for a person.
    ParkedReason {
        /// The bank holds another content under the same id.
        Conflict,
        /// The bank could not accept the envelope.
        Refused,
        /// Prices, fees, limits or notices changed while it waited.
        Stale,
        /// A consent in it ended while it waited.
        Expired,
        /// Its bytes on this device are damaged.
        Damaged,
    }

    /// What a person can do with an entry of the outbox.
    EntryAct {
        /// Look at the case.
        Open,
        /// Send it as it is, once more.
        SendAgain,
        /// Make a new application of it, with every notice asked anew.
        AskAgain,
        /// Take it back before it was delivered.
        TakeBack,
        /// Write a file for the help line, in which nothing can be read without the bank's key.
        Export,
    }

    /// What is known of the way to the bank.
    Connection {
        /// Not tried yet since start.
        Unknown,
        /// The bank answered with its signature.
        Online,
        /// Nothing answers.
        Offline,
        /// Something answers that is not the bank: a sign-in page or a proxy.
        Portal,
        /// The bank's server is there, but its certificate is not valid by this device's clock.
        Clock,
    }

    /// What keeps the key of this device's store.
    KeyRung {
        /// The operating system's key store.
        OsStore,
        /// A passphrase of the person.
        Passphrase,
        /// A credential handed over by the service manager (kiosk, server).
        Credential,
        /// Memory only: nothing is kept after closing.
        Memory,
    }

    /// Whether the device's store can be read.
    KeyState {
        /// Open.
        Open,
        /// Waits for the passphrase.
        Locked,
        /// The key is gone: what was written before cannot be read any more.
        Lost,
    }

    /// Who is paid a fee, and so what it is called.
    FeeTiming {
        /// Before payout. A product with such a fee is refused by the catalogue rules.
        Upfront,
        /// With the first repayment.
        FirstRepayment,
        /// With each repayment.
        EachRepayment,
        /// At the end.
        End,
    }
}
