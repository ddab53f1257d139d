"""The file from which an interrupted training resumes."""
