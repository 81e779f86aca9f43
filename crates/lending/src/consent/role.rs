//! Who may consent to what (授权主体): a person and an enterprise are different subjects, and no
//! consent crosses from one to the other.

use serde::{Deserialize, Serialize};

use crate::{notice::DataKind, numbered::numbered};

/// Whose data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The shop or company.
    Enterprise,
    /// A natural person: the one who presses, nobody else.
    Person,
}

numbered! {
    /// The capacity in which a person acts.
    Role {
        /// Legal representative or owner (法定代表人, 企业主).
        Owner = 1, "owner";
        /// A clerk with a delegation (经办人).
        Clerk = 2, "clerk";
        /// A shareholder (股东).
        Shareholder = 3, "shareholder";
        /// A spouse (配偶).
        Spouse = 4, "spouse";
        /// A guarantor (担保人).
        Guarantor = 5, "guarantor";
        /// A bank officer (客户经理).
        Officer = 6, "officer";
    }
}

impl Role {
    /// Whether a person in this role may consent to this kind of data.
    ///
    /// | role | of the enterprise | of the person, about themselves |
    /// | --- | --- | --- |
    /// | owner | all | yes |
    /// | clerk | what was delegated in writing | no |
    /// | shareholder, spouse, guarantor | no | yes |
    /// | officer | never | never |
    ///
    /// `delegated` is what the delegation names. Source: docs/consent.md; 个人信息保护法 13, 14;
    /// 征信业管理条例 18.
    pub fn may_consent(self, kind: DataKind, delegated: &[DataKind]) -> bool {
        match (self, kind.subject()) {
            (Self::Owner, _) => true,
            (Self::Clerk, Subject::Enterprise) => delegated.contains(&kind),
            (Self::Shareholder | Self::Spouse | Self::Guarantor, Subject::Person) => true,
            (Self::Clerk, Subject::Person)
            | (Self::Shareholder | Self::Spouse | Self::Guarantor, Subject::Enterprise)
            | (Self::Officer, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_table_is_the_one_above() {
        for kind in DataKind::ALL {
            let is_enterprise = kind.subject() == Subject::Enterprise;
            assert!(Role::Owner.may_consent(kind, &[]));
            assert_eq!(Role::Clerk.may_consent(kind, &[kind]), is_enterprise, "{kind:?}");
            assert!(!Role::Clerk.may_consent(kind, &[]), "{kind:?}");
            for role in [Role::Shareholder, Role::Spouse, Role::Guarantor] {
                assert_eq!(role.may_consent(kind, &[kind]), !is_enterprise, "{role:?} {kind:?}");
            }
            assert!(!Role::Officer.may_consent(kind, &DataKind::ALL), "{kind:?}");
        }
    }
}
