"""What the service can count, as we see it."""

from pipeline.speech.traffic import Traffic


def test_a_minute_slides_and_is_taken_a_little_longer():
    traffic = Traffic()
    for second in (0, 10, 20):
        traffic.left(second)
    assert traffic.in_window(now_s=60.4) == 3
    assert traffic.in_window(now_s=60.5) == 2
    assert traffic.in_window(now_s=80.5) == 0


def test_when_a_place_becomes_free():
    traffic = Traffic()
    for second in (0, 10, 20):
        traffic.left(second)
    assert traffic.in_window(now_s=30) == 3
    assert traffic.place_free_at_s(3) == 60.5
    assert traffic.place_free_at_s(1) == 80.5


def test_what_was_refused_stands_in_no_window_and_was_no_company():
    traffic = Traffic()
    taken, doomed, last = traffic.left(0.0), traffic.left(0.1), traffic.left(0.2)
    traffic.refused(doomed, now_s=0.3)
    traffic.refused(last, now_s=0.4)
    assert (traffic.others_in_flight(last), traffic.others_in_window(last)) == (1, 1)
    assert (traffic.others_in_flight(doomed), traffic.in_window(now_s=1)) == (1, 1)
    assert traffic.is_under_way(taken)


def test_one_that_was_refused_before_is_no_company_either():
    traffic = Traffic()
    doomed = traffic.left(0.0)
    traffic.refused(doomed, now_s=0.1)
    assert traffic.left(0.2).in_flight == 0


def test_what_is_not_refused_within_a_second_was_let_in():
    traffic = Traffic()
    slow, quick = traffic.left(0.0), traffic.left(0.5)
    assert (traffic.unsettled(), traffic.next_settled_at_s()) == (2, 1.0)
    assert traffic.newly_settled(now_s=0.9) == []
    assert traffic.newly_settled(now_s=1.0) == [slow]
    traffic.ended(quick)
    assert (traffic.unsettled(), traffic.next_settled_at_s()) == (0, None)
    assert traffic.newly_settled(now_s=9) == []


def test_a_service_that_refuses_slowly_is_given_longer():
    traffic = Traffic()
    traffic.refused(traffic.left(0.0), now_s=1.5)
    assert traffic.settled_s == 3
    traffic.refused(traffic.left(2.0), now_s=2.1)
    assert traffic.settled_s == 3
    traffic.refused(traffic.left(3.0), now_s=90)
    assert traffic.settled_s == 10


def test_what_never_left_leaves_no_trace():
    traffic = Traffic()
    traffic.never_left(traffic.left(0.0))
    assert (traffic.in_flight, traffic.in_window(now_s=1)) == (0, 0)
