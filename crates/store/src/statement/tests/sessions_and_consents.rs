//! The statements on sessions and consents. Of the sessions, `b7` has ended.

use super::*;

pub fn sessions_and_consents(trial: &mut Trial) {
    let new = [id(0xf7), id(0xf3), id(0xf9), "agent n".into(), number(1), number(2), number(3), number(4), number(5)];
    let inserted = [
        "[xf7].id = xf7",
        "[xf7].user_id = xf3",
        "[xf7].digest = xf9",
        "[xf7].agent = agent n",
        "[xf7].authenticated_at = 1",
        "[xf7].seen_at = 2",
        "[xf7].expires_at = 3",
        "[xf7].sign_in_epoch = 4",
        "[xf7].ended_at = 5",
    ];
    trial.changes(&OPEN_SESSION, &new, &inserted);
    trial.changes(&OPEN_SESSION, &[&[id(0xa7)], &new[1..]].concat(), &[]);
    let renew = [id(0xa7), id(0xf9), "agent n".into(), number(1), number(2), number(3), number(4)];
    let renewed = [
        "[xa7].digest: xa9 -> xf9",
        "[xa7].agent: agent a -> agent n",
        "[xa7].authenticated_at: 601 -> 1",
        "[xa7].seen_at: 602 -> 2",
        "[xa7].expires_at: 603 -> 3",
        "[xa7].sign_in_epoch: 605 -> 4",
    ];
    trial.changes(&RENEW_SESSION, &renew, &renewed);
    trial.changes(&RENEW_SESSION, &[&[id(0xb7)], &renew[1..]].concat(), &[]);
    trial.changes(&SEE_SESSION, &[id(0xa7), number(606)], &["[xa7].seen_at: 602 -> 606"]);
    trial.changes(&SEE_SESSION, &[id(0xa7), number(602)], &[]);
    trial.changes(&SEE_SESSION, &[id(0xb7), number(619)], &[]);
    trial.changes(&END_SESSION, &[id(0xa7), number(607)], &["[xa7].ended_at: null -> 607"]);
    trial.changes(&END_SESSION, &[id(0xb7), number(607)], &[]);
    let a = "xa7, xa3, xa9, agent a, 601, 602, 603, 605, null";
    let c = "xc7, xa3, xc9, agent c, 621, 622, 623, 625, null";
    trial.finds(&SESSION, &[id(0xc7)], &[c]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xa3), number(602), number(2)], &[c, a]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xa3), number(602), number(1)], &[c]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xa3), number(603), number(2)], &[c]);
    trial.finds(&SESSIONS_OF_USER, &[id(0xb3), number(602), number(2)], &[]);
    // Of the two whose user and session an authorization names, none goes.
    trial.changes(&ENDED_SESSIONS, &[number(624), number(5)], &["[xc7] is gone"]);
    trial.changes(&ENDED_SESSIONS, &[number(623), number(5)], &[]);

    let new = [id(0xf3), "app n".into(), number(1), "scope n".into(), "aud n".into(), number(2), number(3)];
    let inserted = [
        "[xf3].user_id = xf3",
        "[xf3].client = app n",
        "[xf3].epoch = 1",
        "[xf3].scope = scope n",
        "[xf3].audience = aud n",
        "[xf3].granted_at = 2",
        "[xf3].expires_at = 3",
    ];
    trial.changes(&PUT_CONSENT, &new, &inserted);
    trial.changes(&PUT_CONSENT, &[&[id(0xa3), "app a".into()], &new[2..]].concat(), &[]);
    let replaced = [
        "[xa3].epoch: 701 -> 704",
        "[xa3].scope: scope a -> scope n",
        "[xa3].audience: aud a -> aud n",
        "[xa3].granted_at: 702 -> 705",
        "[xa3].expires_at: 703 -> 706",
    ];
    let replace = [id(0xa3), "app a".into(), number(701), number(704), "scope n".into(), "aud n".into(), number(705), number(706)];
    trial.changes(&REPLACE_CONSENT, &replace, &replaced);
    trial.changes(&REPLACE_CONSENT, &[&replace[..2], &[number(704), number(701)], &replace[4..]].concat(), &[]);
    trial.changes(&REPLACE_CONSENT, &[&[id(0xa3), "app x".into()], &replace[2..]].concat(), &[]);
    let own = "xa3, app a, 701, scope a, aud a, 702, 703";
    trial.finds(&CONSENT, &[id(0xa3), "app a".into()], &[own]);
    trial.finds(&CONSENT, &[id(0xa3), "app x".into()], &[]);
    trial.finds(&CONSENTS_OF_USER, &[id(0xa3), number(702)], &[own]);
    trial.finds(&CONSENTS_OF_USER, &[id(0xa3), number(703)], &[]);
    trial.changes(&ENDED_CONSENTS, &[number(714), number(5)], &["[xb3] is gone"]);
    trial.changes(&ENDED_CONSENTS, &[number(714), number(0)], &[]);
    trial.changes(&ENDED_CONSENTS, &[number(713), number(5)], &[]);
}
