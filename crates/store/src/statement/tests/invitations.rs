//! The statements on invitations, and on how many clients have come of them.

use super::*;

pub fn invitations(trial: &mut Trial) {
    let new = [id(0xdd), number(1), number(2), number(3)];
    trial.changes(&INVITE, &new, &["[xdd].digest = xdd", "[xdd].uses = 1", "[xdd].created_at = 2", "[xdd].expires_at = 3"]);
    trial.changes(&INVITE, &[&[id(0xaa)], &new[1..]].concat(), &[]);
    trial.changes(&USE_INVITATION, &[id(0xaa), number(901)], &["[xaa].uses: 3 -> 2"]);
    trial.changes(&USE_INVITATION, &[id(0xaa), number(902)], &[]);
    trial.changes(&USE_INVITATION, &[id(0xcc), number(901)], &[]);
    trial.finds(&INVITATION, &[id(0xbb)], &["xbb, 1, 911, 912"]);
    trial.changes(&ENDED_INVITATIONS, &[number(903), number(9)], &["[xaa] is gone", "[xcc] is gone"]);
    trial.changes(&ENDED_INVITATIONS, &[number(903), number(1)], &["[xaa] is gone"]);
    let one = "app a, 201, 204, 202, xa2, 203, 205, origin a, null, xa0, reg a";
    trial.finds(&CLIENTS_REGISTERED_THEMSELVES, &[number(204)], &[one]);
    trial.finds(&CLIENTS_REGISTERED_THEMSELVES, &[number(203)], &[]);
    trial.finds(&REGISTERED_THEMSELVES, &[], &["1"]);
    // Neither changes a cell: it is how many rows they touch that counts, which `effects` tries.
    trial.changes(&LEAVE_ROOM, &[number(1)], &[]);
}
