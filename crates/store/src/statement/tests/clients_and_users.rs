//! The statements on clients and users.

use super::*;

pub fn clients_and_users(trial: &mut Trial) {
    let new = ["app n".into(), number(1), number(2), id(0xf2), number(3), "origin n".into(), id(0xf3), id(0xf4), "reg n".into()];
    let inserted = [
        "[app n].id = app n",
        "[app n].epoch = 1",
        "[app n].revision = 0",
        "[app n].secret_key = 2",
        "[app n].secret_mac = xf2",
        "[app n].created_at = 3",
        "[app n].origin = origin n",
        "[app n].owner = xf3",
        "[app n].registration_token = xf4",
        "[app n].registration = reg n",
        "[app n].used_at = null",
    ];
    trial.changes(&ADD_CLIENT, &new, &inserted);
    trial.changes(&ADD_CLIENT, &[&["app a".into()], &new[1..]].concat(), &[]);
    let replaced = [
        "[app a].revision: 204 -> 205",
        "[app a].epoch: 201 -> 81",
        "[app a].secret_key: 202 -> 82",
        "[app a].secret_mac: xa2 -> xf2",
        "[app a].origin: origin a -> origin n",
        "[app a].registration_token: xa0 -> xf4",
        "[app a].registration: reg a -> reg n",
        "[app a].used_at: 205 -> 83",
    ];
    let replace = ["app a".into(), number(204), number(81), number(82), id(0xf2), "origin n".into(), id(0xf4), "reg n".into(), number(83)];
    trial.changes(&REPLACE_CLIENT, &replace, &replaced);
    trial.changes(&REPLACE_CLIENT, &[&replace[..1], &[number(81), number(204)], &replace[3..]].concat(), &[]);
    trial.changes(&REMOVE_CLIENT, &["app b".into(), number(214)], &["[app b] is gone"]);
    trial.changes(&REMOVE_CLIENT, &["app b".into(), number(212)], &[]);
    trial.finds(&CLIENT, &["app b".into()], &["app b, 212, 214, 211, xb2, 213, null, origin b, xb3, null, reg b"]);
    let both = [
        "app a, 201, 204, 202, xa2, 203, 205, origin a, null, xa0, reg a",
        "app b, 212, 214, 211, xb2, 213, null, origin b, xb3, null, reg b",
    ];
    trial.finds(&CLIENTS, &[], &both);
    trial.finds(&CLIENTS_OF_OWNER, &[id(0xb3)], &both[1..]);

    let new = [
        id(0xf3),
        "account n".into(),
        "name n".into(),
        number(1),
        number(5),
        "hash n".into(),
        number(2),
        number(3),
        number(4),
        "origin n".into(),
    ];
    let inserted = [
        "[xf3].id = xf3",
        "[xf3].account = account n",
        "[xf3].username = name n",
        "[xf3].epoch = 1",
        "[xf3].sign_in_epoch = 5",
        "[xf3].revision = 0",
        "[xf3].password = hash n",
        "[xf3].admin_since = 2",
        "[xf3].disabled_at = 3",
        "[xf3].created_at = 4",
        "[xf3].origin = origin n",
    ];
    trial.changes(&ADD_USER, &new, &inserted);
    trial.changes(&ADD_USER, &[&new[..1], &["account b".into()], &new[2..]].concat(), &[]);
    trial.changes(&ADD_USER, &[&[id(0xa3)], &new[1..]].concat(), &[]);
    let replaced = [
        "[xa3].revision: 305 -> 306",
        "[xa3].epoch: 301 -> 91",
        "[xa3].sign_in_epoch: 306 -> 94",
        "[xa3].password: hash a -> hash n",
        "[xa3].admin_since: 302 -> 92",
        "[xa3].disabled_at: 303 -> 93",
        "[xa3].origin: origin a -> origin n",
    ];
    let replace = [id(0xa3), number(305), number(91), number(94), "hash n".into(), number(92), number(93), "origin n".into()];
    trial.changes(&REPLACE_USER, &replace, &replaced);
    trial.changes(&REPLACE_USER, &[&replace[..1], &[number(91), number(305)], &replace[3..]].concat(), &[]);
    trial.changes(&REMOVE_USER, &[id(0xb3), number(315)], &["[xb3] is gone"]);
    trial.changes(&REMOVE_USER, &[id(0xb3), number(311)], &[]);
    let a = "xa3, name a, 301, 306, 305, hash a, 302, 303, 304, origin a";
    let b = "xb3, name b, 311, 316, 315, hash b, null, null, 314, origin b";
    trial.finds(&USER, &[id(0xb3)], &[b]);
    trial.finds(&USER_BY_ACCOUNT, &["account a".into()], &[a]);
    trial.finds(&USERS, &[], &[a, b]);
}
