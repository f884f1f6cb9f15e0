"""By which powers do time and memory grow?"""
