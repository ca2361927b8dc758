import unittest

from sales import per_day


class PerDay(unittest.TestCase):
    def test_a_day_adds_up(self):
        self.assertEqual(
            per_day(["mon,100\n", "tue,5\n", "mon,20\n"]), {"mon": 120, "tue": 5}
        )

    def test_a_bad_line_is_named(self):
        with self.assertRaisesRegex(ValueError, "line 2"):
            per_day(["mon,100", "mon;100"])
