"""Addresses of video."""

from django.urls import path

from beffroi.systems.video.pages import access, public, relays, sites

urlpatterns = [
    path("video/", sites.site_list, name="video"),
    path("video/sites/add/", sites.site_add, name="video-site-add"),
    path("video/sites/<uuid:pk>/", sites.site_page, name="video-site"),
    path("video/sites/<uuid:pk>/edit/", sites.site_edit, name="video-site-edit"),
    path("video/sites/<uuid:pk>/entrances/", sites.entrance_add, name="video-entrance-add"),
    path("video/sites/<uuid:pk>/cameras/", sites.camera_add, name="video-camera-add"),
    path("video/cameras/<uuid:pk>/", sites.camera_page, name="video-camera"),
    path("video/cameras/<uuid:pk>/edit/", sites.camera_edit, name="video-camera-edit"),
    path("video/cameras/<uuid:pk>/service/", sites.camera_service, name="video-camera-service"),
    path("video/relays/", relays.relay_list, name="video-relays"),
    path("video/relays/add/", relays.relay_add, name="video-relay-add"),
    path("video/relays/<uuid:pk>/file/", relays.relay_file, name="video-relay-file"),
    path("video/at/<slug:slug>/", public.cameras_public, name="video-public"),
    path("video/at/<slug:slug>/<uuid:site>/", public.site_public, name="video-public-site"),
    path("video/at/<slug:slug>/ask/", public.access_ask, name="video-access-ask"),
    path("video/asked/<str:token>/", public.access_asked, name="video-asked"),
    path("video/access/", access.access_list, name="video-access"),
    path("video/access/<uuid:pk>/", access.access_page, name="video-access-request"),
    path("video/access/<uuid:pk>/answer/", access.access_answer, name="video-access-answer"),
    path("video/access/<uuid:pk>/longer/", access.access_longer, name="video-access-longer"),
]
