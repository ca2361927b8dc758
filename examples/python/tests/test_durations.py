import unittest

from durations import seconds, text


class Durations(unittest.TestCase):
    def test_parts_add_up(self):
        self.assertEqual(seconds("1h30m"), 5400)

    def test_what_is_written_is_read_back(self):
        for total in (0, 1, 59, 60, 3599, 3600, 86399):
            with self.subTest(total=total):
                self.assertEqual(seconds(text(total)), total)

    def test_what_is_no_duration_is_refused(self):
        for wrong in ("", "5", "1m1h", "2s2s", "1 h", "-1s"):
            with self.subTest(wrong=wrong), self.assertRaises(ValueError):
                seconds(wrong)


if __name__ == "__main__":
    unittest.main()
