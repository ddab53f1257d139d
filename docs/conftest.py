"""What the site is made of besides pages is no test."""

collect_ignore = ["conf.py", "gallery", "generated"]
