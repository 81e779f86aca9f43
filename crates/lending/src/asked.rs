//! What one application asked, and whether a signed record answers it. Intake and the device that
//! asked an owner's own phone judge with the same rules.

use crate::{
    application::Refusal,
    catalogue::Bank,
    consent::{Actor, Level, VerifiedRecord},
    notice::Notice,
    subject::EnterpriseCode,
};
use seal::{KeyId, PublicKey};

/// What the records of one application have to be about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The bank, as it stands in the catalogue that was shown.
    pub bank: &'a Bank,
    /// The application's envelope.
    pub envelope_id: [u8; 16],
    /// The enterprise that applies.
    pub enterprise_code: &'a EnterpriseCode,
    /// Who has to have signed.
    pub by: By,
}

/// Which device has to have signed the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The device that sends the application.
    Sender(PublicKey),
    /// The owner's own phone, in a visit.
    OwnPhone {
        /// Its key.
        phone: PublicKey,
        /// The id of the device that asked and sends the application; never the same one.
        asker: KeyId,
    },
}

impl Asked<'_> {
    /// Reads the answer to `notice`, which stands behind `before` in the application.
    ///
    /// On an owner's own phone nobody assists: the record has to say so, and at the level of a
    /// device of one's own, also where it is a refusal.
    ///
    /// # Errors
    /// [`Refusal::Consents`], or [`Refusal::Assurance`] below the notice's level.
    pub fn answer(
        &self,
        notice: &Notice,
        signed: &[u8],
        before: Option<&VerifiedRecord>,
    ) -> Result<VerifiedRecord, Refusal> {
        let (key, is_own_phone) = match self.by {
            By::Sender(device) => (device, false),
            By::OwnPhone { phone, asker } if phone.id() == asker => return Err(Refusal::Consents),
            By::OwnPhone { phone, .. } => (phone, true),
        };
        let record = VerifiedRecord::verify(signed, &key).map_err(|_| Refusal::Consents)?;
        let is_alone = record.pressed.actor != Actor::OfficerAssisted
            && record.assurance.counted() >= Level::OwnDevice;
        let fits = record.event().is_answer()
            && record.is_of(notice, self.bank)
            && record.is_by_entitled(notice)
            && record.is_pressed_with_care()
            && record.follows(before)
            && record.envelope_id == self.envelope_id
            && record.principal.enterprise_code == self.enterprise_code.as_str()
            && (is_alone || !is_own_phone);
        if !fits {
            return Err(Refusal::Consents);
        }
        if !record.is_sure_enough(notice) {
            return Err(Refusal::Assurance);
        }
        Ok(record)
    }
}
