//! What a person does with a draft; each act until it goes well.

use crate::life::{Life, insist, say};
use anyhow::Result;
use client::ipc::*;
use sanbu_tests::{builders, world::Person};
use wire::problem::Field;

/// A person with a shop, at the device.
pub struct Shop<'l> {
    pub(crate) life: &'l Life,
    pub(crate) number: u32,
}

impl Shop<'_> {
    fn person(&self) -> Person<'_> {
        Person { client: &self.life.client, shop: self.number }
    }

    /// Scans a code.
    pub async fn begin(&self) -> Result<DraftView> {
        let code = self.life.world.code();
        let draft = insist("scan", async || self.person().scan(&code).await).await?;
        say(format_args!("begun {}", draft.draft_id));
        Ok(draft)
    }

    /// Adds photos of these sizes; one that is there already, by a fault after the commit, stays.
    pub async fn attach(&self, draft: &DraftView, photos: &[usize]) -> Result<()> {
        for size in photos {
            let request = DraftRequest { draft_id: draft.draft_id.clone() };
            let photo = vec![u8::try_from(self.number).unwrap_or_default(); *size];
            let add = async || {
                let (request, photo) = (request.clone(), photo.clone());
                self.life.client.add_part(request, "shop".into(), "image/jpeg".into(), photo).await
            };
            insist("add a photo", add).await?;
        }
        Ok(())
    }

    /// Agrees to everything.
    pub async fn decide(&self, draft: DraftView) -> Result<DraftView> {
        let mut draft = draft;
        while draft.step == DraftStep::Consent {
            let press = async || {
                // A fault after the commit leaves a page that was decided already.
                let request = DraftRequest { draft_id: draft.draft_id.clone() };
                let now = self.life.client.draft(request).await?;
                match now.consent_at == draft.consent_at && now.step == DraftStep::Consent {
                    true => self.person().decide(&draft, ConsentAnswer::Give, 2_000).await,
                    false => Ok(now),
                }
            };
            draft = insist("decide", press).await?;
        }
        Ok(draft)
    }

    /// Fills the form.
    pub async fn fill(&self, draft: &DraftView, amount: &str) -> Result<()> {
        let values = [
            (Field::EnterpriseCode, builders::enterprise_code(self.number)),
            (Field::Mobile, builders::mobile(self.number)),
            (Field::Amount, amount.to_owned()),
        ];
        for (field, value) in values {
            let draft_id = draft.draft_id.clone();
            let request = SetFieldRequest { draft_id, field, value };
            insist("type", async || self.life.client.set_field(request.clone()).await).await?;
        }
        say(format_args!("filled {} {amount}", draft.draft_id));
        Ok(())
    }
}
