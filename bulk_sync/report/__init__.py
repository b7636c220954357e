"""What is a person, or a program, told about a run?"""
