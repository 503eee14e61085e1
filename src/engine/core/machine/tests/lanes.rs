//! Lanes and sessions: who gets them, who makes room, which file goes where.

use super::play::play;

#[test]
fn lanes_up_to_what_both_sites_bear() {
    play(
        "lanes_up_to_what_both_sites_bear",
        &[
            ("take 1 waiting 100", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("returned a", ""),
        ],
    );
}

#[test]
fn as_many_lanes_as_the_user_wants() {
    play(
        "as_many_lanes_as_the_user_wants",
        &[
            ("take 1 waiting 9 parallel 2", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("lanes 1 3", "lane 3 for 1"),
            ("lanes 1 1", ""),
            ("next 1", "dismiss 1"),
            ("next 2", "dismiss 2"),
            ("next 3", "dismiss 3"),
        ],
    );
}

#[test]
fn one_lane_for_a_fragile_server() {
    play(
        "one_lane_for_a_fragile_server",
        &[("take 1 waiting 9 fragile b", "lane 1 for 1; claim 128 of 1")],
    );
}

#[test]
fn a_fragile_server_is_learnt_at_login() {
    play(
        "a_fragile_server_is_learnt_at_login",
        &[("opened b fragile", ""), ("take 1 waiting 9", "lane 1 for 1; claim 128 of 1")],
    );
}

#[test]
fn lanes_log_in_while_the_tree_is_listed() {
    play(
        "lanes_log_in_while_the_tree_is_listed",
        &[
            ("take 1 walk parallel 3", "walk 1"),
            ("dir 1", "lane 1 for 1; lane 2 for 1"),
            ("walked 1", "note 1 listed; end 1"),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
        ],
    );
}

#[test]
fn no_early_lanes_beside_another_job() {
    play(
        "no_early_lanes_beside_another_job",
        &[("take 1 walk parallel 3", "walk 1"), ("take 2 held waiting 1", ""), ("dir 1", "")],
    );
}

#[test]
fn no_lane_while_paused() {
    play(
        "no_lane_while_paused",
        &[
            ("pause", ""),
            ("take 1 waiting 1", ""),
            ("resume", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
        ],
    );
}

#[test]
fn a_pause_lets_running_files_end() {
    play(
        "a_pause_lets_running_files_end",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2", "f1 to lane 1"),
            ("pause", ""),
            ("done 1 f1", "f1 done"),
            ("next 1", "dismiss 1"),
            ("settled 1 f1 waiting 0", ""),
            ("resume", ""),
        ],
    );
}

#[test]
fn waiting_lanes_end_when_paused() {
    play(
        "waiting_lanes_end_when_paused",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("pause", "dismiss 1"),
        ],
    );
}

#[test]
fn two_jobs_share_the_sessions() {
    play(
        "two_jobs_share_the_sessions",
        &[
            (
                "take 1 waiting 9 parallel 3",
                "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1",
            ),
            ("take 2 waiting 9", ""),
            ("next 1", "dismiss 1"),
            ("claimed 1 f1 f2 waiting 7", "claim 126 of 1"),
            ("next 2", "dismiss 2"),
            ("over 1", ""),
            ("returned a", ""),
            ("returned b", "lane 4 for 2; claim 128 of 2"),
        ],
    );
}

#[test]
fn a_more_urgent_job_gets_sessions_at_the_next_file() {
    play(
        "a_more_urgent_job_gets_sessions_at_the_next_file",
        &[
            ("take 1 waiting 9", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2 f3 f4 waiting 5", "f1 to lane 1; claim 125 of 1"),
            ("take 2 waiting 1 priority 1", ""),
            ("done 1 f1", "f1 done"),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
            ("returned a", ""),
            ("returned b", "lane 4 for 2; claim 128 of 2"),
        ],
    );
}

#[test]
fn a_browsing_user_gets_a_session_at_the_next_file() {
    play(
        "a_browsing_user_gets_a_session_at_the_next_file",
        &[
            ("take 1 waiting 9", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("borrow 1 a", ""),
            ("next 1", "dismiss 1"),
            ("claimed 1 f1 waiting 8", "claim 127 of 1"),
            ("over 1", ""),
            ("returned a", "lend to 1"),
        ],
    );
}

#[test]
fn who_gave_up_waiting_holds_nobody_up() {
    play(
        "who_gave_up_waiting_holds_nobody_up",
        &[
            ("take 1 waiting 9", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("borrow 1 a", ""),
            ("withdrawn 1", ""),
            ("next 1", ""),
            ("claimed 1 f1 waiting 8", "f1 to lane 1; claim 128 of 1"),
        ],
    );
}

#[test]
fn browsing_comes_before_other_work() {
    play(
        "browsing_comes_before_other_work",
        &[
            ("borrow 1 a a a", "lend to 1"),
            ("borrow 2 a for work", ""),
            ("borrow 3 a", ""),
            ("returned a", "lend to 3"),
            ("returned a", "lend to 2"),
        ],
    );
}

#[test]
fn sizes_are_asked_only_on_a_spare_session() {
    play(
        "sizes_are_asked_only_on_a_spare_session",
        &[
            ("poll a", "ask sizes on a"),
            ("borrow 1 a a", "lend to 1"),
            ("poll a", ""),
            ("returned a", ""),
            ("poll a", "ask sizes on a"),
        ],
    );
}

#[test]
fn a_lane_lost_before_it_asks_gives_its_place_back() {
    play(
        "a_lane_lost_before_it_asks_gives_its_place_back",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("over 1 broken", ""),
            ("tick 1", "lane 3 for 1"),
        ],
    );
}

#[test]
fn a_lane_lost_with_a_file_tries_it_again() {
    play(
        "a_lane_lost_with_a_file_tries_it_again",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("over 1 broken", ""),
            ("tick 1", "lane 3 for 1"),
        ],
    );
}

#[test]
fn a_lane_that_was_gone_loses_no_file() {
    play(
        "a_lane_that_was_gone_loses_no_file",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("gone 1 f1", ""),
            ("over 1", "lane 3 for 1"),
        ],
    );
}

#[test]
fn the_store_cannot_hand_out() {
    play(
        "the_store_cannot_hand_out",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("unclaimed 1", "dismiss 1"),
            ("tick 4", ""),
            ("tick 1", "claim 128 of 1"),
        ],
    );
}

#[test]
fn all_that_wait_are_put_off() {
    play(
        "all_that_wait_are_put_off",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 waiting 1 later 30", "dismiss 1"),
            ("over 1", ""),
            ("returned a", ""),
            ("tick 29", ""),
            ("tick 1", "lane 3 for 1; claim 128 of 1"),
        ],
    );
}

#[test]
fn a_job_ends_although_a_lane_is_still_there() {
    play(
        "a_job_ends_although_a_lane_is_still_there",
        &[
            ("take 1 waiting 1 parallel 1", "lane 1 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("done 1 f1", "f1 done"),
            ("settled 1 f1", "end 1"),
            ("next 1", "dismiss 1"),
        ],
    );
}

#[test]
fn a_copy_within_one_site_needs_two_sessions() {
    play(
        "a_copy_within_one_site_needs_two_sessions",
        &[
            ("take 1 waiting 9 on a a", "lane 1 for 1; claim 128 of 1"),
            ("returned a", "lane 2 for 1"),
        ],
    );
}
